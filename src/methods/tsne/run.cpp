#include "methods/tsne/run.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace replearn::tsne {
namespace {

constexpr Index between_losses = 50;

/// The next multiple of `every` after `step`, at most `last`.
Index next_multiple(Index step, Index every, Index last) {
  return every == 0 ? last : std::min(last, (step / every + 1) * every);
}

Results run(State state, const Options& options, const ProgressCallback& progress, const Log& log) {
  constexpr Index between_reports = 10;
  Run run(std::move(state), options, log);
  while (!run.done()) {
    run.run_until(next_multiple(run.step(), between_reports, run.steps()));
    Progress now = run.progress();
    if (run.step() % between_losses != 0) now.loss = std::numeric_limits<double>::quiet_NaN();
    if (progress) progress(now);
  }
  return run.results();
}

}  // namespace

Run::Run(State state, const Options& options, const Log& log)
    : state_(std::move(state)),
      options_(options),
      log_(log),
      phase_(state_.phase()),
      lowest_step_(options.early_exaggeration_iterations) {
  keep_frame();
}

void Run::keep_frame() {
  if (options_.frames_every == 0 || state_.step() % options_.frames_every != 0) return;
  frame_iterations_.push_back(state_.step());
  frames_.push_back(state_.points().local);
}

/// scikit-learn's stopping rules. Empty: continue.
std::string Run::reason_to_stop(double cost) {
  const Index step = state_.step();
  if (step <= options_.early_exaggeration_iterations) return "";
  if (options_.min_gradient_norm > 0) {
    const double norm = state_.gradient_norm();
    if (norm <= options_.min_gradient_norm) return fmt::format("gradient norm {:.2g}", norm);
  }
  if (cost < lowest_cost_) {
    lowest_cost_ = cost;
    lowest_step_ = step;
  } else if (options_.iterations_without_progress > 0 && step - lowest_step_ > options_.iterations_without_progress) {
    return fmt::format("no progress since iteration {}", lowest_step_);
  }
  return "";
}

void Run::record_loss() {
  if (state_.step() % between_losses != 0) return;
  const double loss = state_.kl_divergence();
  kl_iterations_.push_back(state_.step());
  kl_history_.push_back(loss);
  if (options_.min_gradient_norm == 0 && options_.iterations_without_progress == 0) return;
  const std::string reason = reason_to_stop(loss + state_.pulled_cost());
  if (reason.empty()) return;
  stopped_ = 1;
  log_.line(fmt::format("t-SNE: stopped after iteration {}: {}", state_.step(), reason));
}

void Run::run_until(Index step) {
  step = std::min(step, state_.steps());
  while (state_.step() < step && !done()) {
    phase_ = state_.phase();
    state_.run_until(std::min(next_multiple(state_.step(), between_losses, step),
                              next_multiple(state_.step(), options_.frames_every, step)));
    keep_frame();
    record_loss();
  }
}

Progress Run::progress() const {
  const double loss = kl_history_.empty() ? std::numeric_limits<double>::quiet_NaN() : kl_history_.back();
  return {phase_, state_.step(), state_.steps(), loss};
}

NamedArrays Run::arrays() {
  NamedArrays arrays = state_.arrays();
  const auto partition = state_.points().partition;
  arrays.push_back({"kl/iterations", &kl_iterations_, {}});
  arrays.push_back({"kl/values", &kl_history_, {}});
  arrays.push_back({"lowest/cost", &lowest_cost_, {}});
  arrays.push_back({"lowest/step", &lowest_step_, {}});
  arrays.push_back({"stopped", &stopped_, {}});
  arrays.push_back({"frame_iterations", &frame_iterations_, {}});
  arrays.push_back({"frames", &frames_, partition});
  return arrays;
}

Results Run::results() {
  Results results;
  results.kl_divergence = state_.kl_divergence();
  results.pulled_distances = state_.pulled_distances();
  if (const auto text = state_.timing_text(); !text.empty()) log_.line("t-SNE: " + text);
  results.points = state_.points();
  results.iterations = state_.step();
  results.kl_iterations = std::move(kl_iterations_);
  results.kl_history = std::move(kl_history_);
  results.frame_iterations = std::move(frame_iterations_);
  results.frames = std::move(frames_);
  return results;
}

Results tsne(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
             const Options& options, const ProgressCallback& progress, const Log& log) {
  return run(State(comm, graph, start, options, log), options, progress, log);
}

Results tsne(const mpi::Communicator& comm, SparseRows p, const DistributedMatrix& start, const Options& options,
             const ProgressCallback& progress, const Log& log, std::vector<Pull> pulls) {
  return run(State(comm, std::move(p), start, options, log, std::move(pulls)), options, progress, log);
}

}  // namespace replearn::tsne
