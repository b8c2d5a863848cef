#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/job.hpp"
#include "app/step.hpp"
#include "cli/command_line.hpp"

namespace replearn::cli {

/// A step with the options that are bound to its settings.
struct BoundStep {
  std::unique_ptr<app::Step> step;
  OptionSet options;
};

/// Whether and when a verb is a step of `run`. if_named: when the user names it; shown_in_help: the same, and listed by
/// the help of run; by_default: also when no step is named. The steps of a run have the order of the table.
enum class InRun { never, if_named, shown_in_help, by_default };

/// One verb. A verb on expression data is a step (`bind`), which `run` may combine with others; any other verb has its
/// own function (`run`), called by all ranks with the words after the verb.
struct Verb {
  const char* name;
  const char* summary;  ///< one line, for the overview
  const char* details;  ///< what it does and writes, for its own help
  const char* example;  ///< a command line
  BoundStep (*bind)() = nullptr;
  void (*run)(const mpi::Communicator& comm, const Arguments& arguments) = nullptr;
  bool iterates = false;  ///< takes the options of section [job]
  InRun in_run = InRun::never;
  bool has_section = true;     ///< has options of its own, in the section of its name
  bool writes_input = false;   ///< its output always contains all of the input
};

/// The table of verbs.
std::span<const Verb> verbs();

/// Runs a verb: its own function, or a job of its step. All ranks; errors leave it as exceptions.
void run_verb(const mpi::Communicator& comm, const Verb& verb, const Arguments& arguments);

/// What is done with the job that a command line describes.
struct JobUse {
  OptionSet* further = nullptr;  ///< further options on the command line
  bool is_run = true;            ///< the job is run, so its output must be named, rather than planned
  std::function<void(app::Session&, const app::FileSettings&, const app::Job&)> use;
};

/// Reads the command line of a verb that is a step, or of `run`, and passes its job on in a session. All ranks; errors
/// leave it as exceptions.
void with_job(const mpi::Communicator& comm, const Verb& verb, const Arguments& arguments, const JobUse& use);
/// Of `run`.
void with_pipeline(const mpi::Communicator& comm, const Arguments& arguments, const JobUse& use);

/// Runs `work` in a session. The log begins with the program and its command line; a log file ends with how the run
/// ended. arguments: the words after the verb. All ranks; errors leave it as exceptions.
void run_in_session(const mpi::Communicator& comm, const std::string& verb, const Arguments& arguments,
                    CommonOptions common, const std::function<void(app::Session&)>& work);

/// Prints --help, --dump-config or --describe-options on root if requested; true if so, and the verb should return.
bool handled_help(const mpi::Communicator& comm, const CommonOptions& common, const std::string& verb,
                  const std::vector<OptionSet*>& sets, Naming naming);

}  // namespace replearn::cli
