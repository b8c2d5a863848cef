#include "cli/verb.hpp"

#include <algorithm>
#include <cstdio>

#include "app/job.hpp"
#include "app/numpy_output.hpp"
#include "base/error.hpp"
#include "cli/description.hpp"
#include "cli/failure.hpp"
#include "cli/options/files.hpp"
#include "cli/options/options.hpp"
#include "cli/versions.hpp"

namespace replearn::cli {
namespace {

/// A job of one step.
void with_step(const mpi::Communicator& comm, const Verb& verb, const Arguments& arguments, const JobUse& use) {
  app::FileSettings files;
  app::Job job{verb.name, {}};
  BoundStep bound = verb.bind();
  const bool writes = !bound.step->follows_output();
  OptionSet file_set = writes ? file_options(files, app::output_help(verb.name), app::output_extensions(verb.name))
                              : input_options(files);
  if (writes && !verb.writes_input) add_output_content(file_set, files.content);
  if (writes) add_compression(file_set, files.compression);
  OptionSet job_set = job_options(job.checkpoints);
  std::vector<OptionSet*> sets = {&file_set, &bound.options};
  if (verb.iterates) sets.push_back(&job_set);
  if (use.further) sets.push_back(use.further);
  auto common = parse(comm, arguments, sets, Naming::plain);
  if (handled_help(comm, common, verb.name, sets, Naming::plain)) return;
  if (use.is_run && writes && files.output.empty()) {
    throw InputError("", "--output", "no file named",
                     std::string("add --output FILE.h5ad: replearn ") + verb.name + " INPUT FILE.h5ad");
  }
  job.steps = {bound.step.get()};
  job.identity = identity_of({&file_set, &bound.options});
  job.record = [&] { return record_of({&file_set, &bound.options}); };
  run_in_session(comm, verb.name, arguments, std::move(common),
                 [&](app::Session& session) { use.use(session, files, job); });
}

}  // namespace

void with_job(const mpi::Communicator& comm, const Verb& verb, const Arguments& arguments, const JobUse& use) {
  if (verb.bind)
    with_step(comm, verb, arguments, use);
  else
    with_pipeline(comm, arguments, use);
}

void run_verb(const mpi::Communicator& comm, const Verb& verb, const Arguments& arguments) {
  if (verb.bind)
    with_job(comm, verb, arguments, {.use = app::run_job});
  else
    verb.run(comm, arguments);
}

void run_in_session(const mpi::Communicator& comm, const std::string& verb, const Arguments& arguments,
                    CommonOptions common, const std::function<void(app::Session&)>& work) {
  common.session.program = this_program(verb, arguments);
  app::Session session(comm, std::move(common.session));
  try {
    work(session);
  } catch (...) {
    const auto failure = failure_of(std::current_exception());
    session.end_log(failure.code == stopped ? app::Outcome::stopped : app::Outcome::error, failure.text, failure.code);
    throw;
  }
  session.end_log(app::Outcome::done, "", success);
}

bool handled_help(const mpi::Communicator& comm, const CommonOptions& common, const std::string& name,
                  const std::vector<OptionSet*>& sets, Naming naming) {
  if (!common.prints_options()) return false;
  const auto& verb = *std::ranges::find(verbs(), name, &Verb::name);
  std::string text;
  if (common.describe) {
    text = description(verb, sets, naming);
  } else if (common.help) {
    text = help_text(name, verb.details, verb.example, sets, naming, common.help_all);
  } else {
    for (const auto* set : sets) text += (text.empty() ? "" : "\n") + set->dump();
  }
  if (comm.is_root()) std::fputs(text.c_str(), stdout);
  return true;
}

}  // namespace replearn::cli
