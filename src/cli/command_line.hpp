#pragma once
#include <set>
#include <string>
#include <vector>

#include "app/session.hpp"
#include "cli/option_set.hpp"
#include "io/hdf5/hdf5_preflight.hpp"
#include "mpi/communicator.hpp"

namespace replearn::cli {

/// The words after the verb.
using Arguments = std::vector<std::string>;

/// Options common to all verbs.
struct CommonOptions {
  std::string config;        ///< config file; the command line takes precedence
  bool dump_config = false;  ///< print all options as a config file and exit
  bool help = false;         ///< --help or --help-all
  bool help_all = false;     ///< --help-all
  bool describe = false;     ///< --describe-options
  io::InputCheck check_input = io::InputCheck::full;
  /// With the files named by the options, checked, and notes about options given by names of other programs.
  app::SessionSettings session;

  /// Whether the verb prints its options instead of doing its work.
  bool prints_options() const { return help || dump_config || describe; }
};

/// An option of every verb.
struct GeneralOption {
  std::string name, value_name;  ///< value_name: empty if the option has no value
  std::string help;
  bool is_common = false;  ///< shown by --help; else only by --help-all
};
const std::vector<GeneralOption>& general_options();

/// Form of option names on the command line.
enum class Naming {
  plain,     ///< --perplexity: for verbs with one section of their own
  qualified  ///< --tsne.perplexity: for `run`, whose steps share names
};

/// Whether the options of a set carry its section on the command line.
bool is_qualified(const OptionSet& set, Naming naming);

/// Sets the fields bound in `sets` from the config file and the command line, which takes precedence.
///
/// Positional arguments set the options "input" and "output" of the first set, in this order, if it has them. They all
/// go to "words" if that is the first option, or to an "input" of several files if --output is given. Several arguments
/// may follow such an --input. Sections of other verbs are skipped, so one config file can serve several verbs.
///
/// Throws InputError for an unknown or repeated option (with the nearest name) or a bad value, with the line for the
/// config file, and for invalid files, see app::JobFiles. Collective: root reads the file. Returns the common options
/// and, in `named`, the sections named by the config file or the command line.
CommonOptions parse(const mpi::Communicator& comm, const Arguments& arguments, std::vector<OptionSet*> sets,
                    Naming naming, std::set<std::string>* named = nullptr);

/// Help of a verb. what: what it does; example: a command line. all: include the less common options (--help-all).
std::string help_text(const std::string& verb, const std::string& what, const std::string& example,
                      const std::vector<OptionSet*>& sets, Naming naming, bool all);

}  // namespace replearn::cli
