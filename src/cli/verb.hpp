#pragma once
#include <string>

#include "base/error.hpp"
#include "cli/keeper.hpp"
#include "cli/workspace.hpp"

namespace replearn::cli {

/// True when --help or --dump-config was asked for and has been printed by root: nothing else is to be done.
bool only_told(const mpi::Communicator& comm, const CommonOptions& common, const std::string& verb,
               const std::string& what, const std::vector<OptionSet*>& sets, Naming naming);

/// A verb of one step: parse, open, do the step, write.
///   bind: OptionSet(Settings&)                      declares the options of the verb's section
///   Settings::keeps_missing(), if there is one     whether NaN in the input stays
///   step: void(Workspace&, const Settings&)         does the work, leaving its results in the workspace
template <class Settings, class Bind, class Step>
void run_one_step(const mpi::Communicator& comm, const Arguments& arguments, const std::string& verb,
                  const std::string& what, Bind bind, Step step) {
  FileSettings files;
  Settings settings;
  OptionSet file_set = file_options(files), verb_set = bind(settings);
  const auto common = parse(comm, arguments, {&file_set, &verb_set}, Naming::plain);
  if (only_told(comm, common, verb, what, {&file_set, &verb_set}, Naming::plain)) return;
  if (files.output.empty()) throw InputError("", "--output", "no file named", "add --output FILE.h5ad");
  if constexpr (requires { settings.keeps_missing(); }) files.format.keep_missing = settings.keeps_missing();
  Session session(comm, common);
  Workspace work(session, files);
  step(work, settings);
  work.commit(verb, {&file_set, &verb_set});
  finish(session);
}

/// The same for a step that iterates, with the options of long jobs, see drive.hpp.
template <class Settings, class Bind, class Step>
void run_long_step(const mpi::Communicator& comm, const Arguments& arguments, const std::string& verb,
                   const std::string& what, Bind bind, Step step) {
  FileSettings files;
  JobSettings job;
  Settings settings;
  OptionSet file_set = file_options(files), verb_set = bind(settings), job_set = job_options(job);
  const std::vector<OptionSet*> sets = {&file_set, &verb_set, &job_set};
  const auto common = parse(comm, arguments, sets, Naming::plain);
  if (only_told(comm, common, verb, what, sets, Naming::plain)) return;
  if (files.output.empty()) throw InputError("", "--output", "no file named", "add --output FILE.h5ad");
  Session session(comm, common);
  Workspace work(session, files);
  session.keep(job, files.input, {&file_set, &verb_set});
  step(work, settings);
  work.commit(verb, {&file_set, &verb_set});
  finish(session);
}

}  // namespace replearn::cli
