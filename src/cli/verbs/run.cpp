#include <algorithm>
#include <set>

#include "app/job.hpp"
#include "base/error.hpp"
#include "cli/options/files.hpp"
#include "cli/options/options.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {

void run_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::FileSettings files;
  app::Job job{"run", {}};
  OptionSet file_set = file_options(files), job_set = job_options(job.checkpoints);
  add_compression(file_set, files.compression);
  std::vector<OptionSet*> all = {&file_set};
  std::vector<BoundStep> steps;
  std::set<std::string> by_default, in_help;
  for (const auto& verb : verbs()) {
    if (verb.in_run == InRun::never) continue;
    steps.push_back(verb.bind());
    steps.back().step->join_run();
    if (verb.in_run == InRun::by_default) by_default.insert(verb.name);
    if (verb.in_run >= InRun::often) in_help.insert(verb.name);
  }
  for (auto& step : steps) all.push_back(&step.options);
  all.push_back(&job_set);

  std::set<std::string> named;
  auto common = parse(comm, arguments, all, Naming::qualified, &named);
  for (const auto& section : named) {
    if (std::ranges::any_of(all, [&](const auto* set) { return set->section() == section; })) continue;
    throw InputError(common.config, "[" + section + "]", "run has no such step",
                     "remove the section, and run replearn " + section + " on the output of run");
  }
  named.erase("files");
  named.erase("job");
  if (named.empty()) named = by_default;

  std::vector<OptionSet*> shown = {&file_set};
  std::vector<const OptionSet*> recorded = {&file_set}, determining = {&file_set};
  for (auto& [step, options] : steps) {
    const bool is_named = named.contains(step->name());
    if (common.help && !is_named && !in_help.contains(step->name())) options.show_common({});
    if (is_named || common.help) shown.push_back(&options);
    if (!is_named) continue;
    job.steps.push_back(step.get());
    recorded.push_back(&options);
    if (!step->follows_output()) determining.push_back(&options);
  }
  shown.push_back(&job_set);
  if (handled_help(comm, common, "run", shown, Naming::qualified)) return;
  if (files.output.empty())
    throw InputError("", "--output", "no file named", "add --output FILE.h5ad: replearn run INPUT FILE.h5ad");
  job.identity = identity_of(determining);
  job.record = [&] { return record_of(recorded); };
  app::Session session(comm, std::move(common.session));
  run_job(session, files, job);
}

}  // namespace replearn::cli
