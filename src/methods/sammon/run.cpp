#include "methods/sammon/run.hpp"

#include <fmt/core.h>

#include <cmath>

#include "base/error.hpp"

namespace replearn::sammon {

Run::Run(State state, const Options& options, const Log& log)
    : state_(std::move(state)), iterations_(options.iterations), log_(log) {}

void Run::note_phase() {
  const std::string name = state_.name_of(state_.stage());
  if (!phase_stages_.empty() && name == state_.name_of(phase_stages_.back())) return;
  phase_stages_.push_back(state_.stage());
  phase_steps_.push_back(state_.step());
}

void Run::run_until(Index step) {
  while (state_.step() < std::min(step, iterations_) && !state_.converged()) {
    note_phase();
    state_.run_until(state_.step() + 1);
  }
}

Progress Run::progress() const {
  return {state_.name_of(state_.stage()), state_.step(), iterations_, state_.cost()};
}

NamedArrays Run::arrays() {
  NamedArrays arrays = state_.arrays();
  arrays.push_back({"phases/stages", &phase_stages_, {}});
  arrays.push_back({"phases/steps", &phase_steps_, {}});
  return arrays;
}

Results Run::results() {
  if (!state_.converged()) {
    log_.warning(fmt::format("sammon: stopped after {} iterations before E converged", step()));
  }
  Results results{state_.points(), state_.quality(), 0, state_.converged(), state_.history(), {}};
  results.stress = results.quality.stress;
  for (std::size_t k = 0; k < phase_stages_.size(); ++k) {
    results.phases.emplace_back(state_.name_of(phase_stages_[k]), phase_steps_[k]);
  }
  if (!std::isfinite(results.stress)) {
    throw InputError("", "E", fmt::format("is {:g} at the end", results.stress),
                     "the range of distances may exceed float32: remove extreme outliers");
  }
  return results;
}

Results run(State state, const Options& options, const ProgressCallback& progress, const Log& log) {
  Run run(std::move(state), options, log);
  while (!run.done()) {
    run.run_until(run.step() + 1);
    if (progress) progress(run.progress());
  }
  return run.results();
}

Results sammon(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
               const Options& options, const ProgressCallback& progress, const Log& log) {
  return run(State(comm, x, start, options, log), options, progress, log);
}

}  // namespace replearn::sammon
