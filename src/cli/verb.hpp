#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/checkpoint_manager.hpp"
#include "cli/naming.hpp"
#include "cli/numpy_output.hpp"
#include "cli/workspace.hpp"

namespace replearn::cli {

/// Prints --help or --dump-config on root if requested; true if so, and the verb should return.
bool handled_help(const mpi::Communicator& comm, const CommonOptions& common, const std::string& verb,
                  const std::string& what, const std::vector<OptionSet*>& sets, Naming naming);

/// A verb of one step: parse the options, open the files, run the step, write the output.
///   bind: OptionSet(Settings&)                      declares the options of the verb's section
///   Settings::validate(), optional                  called before the input is opened
///   Settings::keeps_missing(), optional             whether NaN in the input is kept
///   Settings::replaces(element), optional           see FileSettings
///   step: void(Workspace&, const Settings&)         computes the results and stores them in the workspace
///   job: checkpoint options of an iterative step, see drive.hpp; nullptr for other steps
template <class Settings, class Bind, class Step>
void run_step(const mpi::Communicator& comm, const Arguments& arguments, const std::string& verb,
              const std::string& what, Bind bind, Step step, JobSettings* job) {
  FileSettings files;
  Settings settings;
  OptionSet file_set = file_options(files, output_help(verb), output_endings(verb)), verb_set = bind(settings);
  add_compression(file_set, files.compression);
  std::vector<OptionSet*> sets = {&file_set, &verb_set};
  std::optional<OptionSet> job_set;
  if (job) sets.push_back(&job_set.emplace(job_options(*job)));
  const auto common = parse(comm, arguments, sets, Naming::plain);
  if (handled_help(comm, common, verb, what, sets, Naming::plain)) return;
  if (files.output.empty()) throw InputError("", "--output", "no file named", "add --output FILE.h5ad");
  if constexpr (requires { settings.validate(); }) settings.validate();
  if constexpr (requires { settings.keeps_missing(); }) files.format.keep_missing = settings.keeps_missing();
  if constexpr (requires { settings.replaces(""); })
    files.replaced = [&](const std::string& element) { return settings.replaces(element); };
  Session session(comm, common);
  Workspace work(session, files);
  if (job) session.keep(*job, {&file_set, &verb_set});
  naming_file(files.input, [&] { step(work, settings); });
  work.commit(verb, {&file_set, &verb_set});
  finish(session);
}

template <class Settings, class Bind, class Step>
void run_one_step(const mpi::Communicator& comm, const Arguments& arguments, const std::string& verb,
                  const std::string& what, Bind bind, Step step) {
  run_step<Settings>(comm, arguments, verb, what, bind, step, nullptr);
}

template <class Settings, class Bind, class Step>
void run_long_step(const mpi::Communicator& comm, const Arguments& arguments, const std::string& verb,
                   const std::string& what, Bind bind, Step step) {
  JobSettings job;
  run_step<Settings>(comm, arguments, verb, what, bind, step, &job);
}

}  // namespace replearn::cli
