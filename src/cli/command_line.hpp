#pragma once
#include <set>
#include <string>
#include <vector>

#include "cli/job_files.hpp"
#include "cli/option_set.hpp"
#include "io/hdf5_preflight.hpp"
#include "mpi/communicator.hpp"

namespace replearn::cli {

/// The words after the verb.
using Arguments = std::vector<std::string>;

/// What every verb understands besides its own options.
struct CommonOptions {
  std::string config;        ///< read options from this file; the command line wins
  std::string timings;       ///< write the table of phases as JSON here
  bool dump_config = false;  ///< print all options as a config file and do nothing
  bool help = false;         ///< --help or --help-all
  bool help_all = false;     ///< --help-all
  bool quiet = false;
  io::InputCheck check_input = io::InputCheck::full;
  JobFiles files;                       ///< what the options name, checked
  std::vector<std::string> notes = {};  ///< for the log: options under the names of other programs
};

/// How a verb's sections are named on the command line.
enum class Naming {
  plain,     ///< --perplexity: for a verb with one section of its own
  qualified  ///< --tsne.perplexity: for `run`, whose steps share names
};

/// Sets the fields bound in `sets` from the command line, then, where that was silent, from the config file.
/// Positional words go to the options "input" and "output" of the first set, in this order, if it has them; all of them
/// to "words", if that is its first option, or to an "input" of several files where --output is named. Several words
/// may follow such an --input. Sections that other verbs read are skipped, so one file can serve them all. Throws
/// InputError for an unknown or repeated option (with the nearest name) or a bad value; for the config file with the
/// line; and for files that will not do, see JobFiles. Collective: root reads the file. Returns the common options and,
/// in `named`, the sections that the config file or the command line named.
CommonOptions parse(const mpi::Communicator& comm, const Arguments& arguments, std::vector<OptionSet*> sets,
                    Naming naming, std::set<std::string>* named = nullptr);

/// The help of one verb. example: a command line, or empty. all: with the options that few change (--help-all).
std::string help_text(const std::string& verb, const std::string& what, const std::string& example,
                      const std::vector<OptionSet*>& sets, Naming naming, bool all);

}  // namespace replearn::cli
