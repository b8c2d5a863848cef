#include <algorithm>
#include <set>

#include "app/job.hpp"
#include "base/error.hpp"
#include "cli/options/files.hpp"
#include "cli/options/options.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {

void run_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  with_pipeline(comm, arguments, {.use = app::run_job});
}

void with_pipeline(const mpi::Communicator& comm, const Arguments& arguments, const JobUse& use) {
  app::FileSettings files;
  app::Job job{"run", {}};
  OptionSet file_set = file_options(files), job_set = job_options(job.checkpoints);
  add_output_content(file_set, files.content);
  add_compression(file_set, files.compression);
  std::vector<OptionSet*> all = {&file_set};
  std::vector<BoundStep> steps;
  std::set<std::string> by_default, in_help;
  for (const auto& verb : verbs()) {
    if (verb.in_run == InRun::never) continue;
    steps.push_back(verb.bind());
    steps.back().step->join_run();
    if (verb.in_run == InRun::by_default) by_default.insert(verb.name);
    if (verb.in_run >= InRun::shown_in_help) in_help.insert(verb.name);
  }
  for (auto& step : steps) all.push_back(&step.options);
  all.push_back(&job_set);
  if (use.further) all.push_back(use.further);

  std::set<std::string> requested;
  auto common = parse(comm, arguments, all, Naming::qualified, &requested);
  for (const auto& section : requested) {
    if (std::ranges::any_of(all, [&](const auto* set) { return set->section() == section; })) continue;
    throw InputError(common.config, "[" + section + "]", "run has no such step",
                     "remove the section, and run replearn " + section + " on the output of run");
  }
  requested.erase("files");
  requested.erase("job");
  if (use.further) requested.erase(use.further->section());
  if (requested.empty()) requested = by_default;

  std::vector<OptionSet*> help_sets = {&file_set};
  std::vector<const OptionSet*> record_sets = {&file_set}, identity_sets = {&file_set};
  for (auto& [step, options] : steps) {
    const bool is_requested = requested.contains(step->name());
    if (common.help && !is_requested && !in_help.contains(step->name())) options.show_common({});
    if (is_requested || common.help || common.describe) help_sets.push_back(&options);
    if (!is_requested) continue;
    job.steps.push_back(step.get());
    record_sets.push_back(&options);
    if (!step->follows_output()) identity_sets.push_back(&options);
  }
  help_sets.push_back(&job_set);
  if (use.further) help_sets.push_back(use.further);
  if (handled_help(comm, common, "run", help_sets, Naming::qualified)) return;
  if (use.is_run && files.output.empty())
    throw InputError("", "--output", "no file named", "add --output FILE.h5ad: replearn run INPUT FILE.h5ad");
  job.identity = identity_of(identity_sets);
  job.record = [&] { return record_of(record_sets); };
  run_in_session(comm, "run", arguments, std::move(common),
                 [&](app::Session& session) { use.use(session, files, job); });
}

}  // namespace replearn::cli
