#pragma once
#include <limits>
#include <string>

#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// A State with what is kept on its way (KL divergences, frames) and what ends it early: what a command drives and a
/// checkpoint holds. It ends after State::steps() iterations, or when it makes no more progress
/// (options.min_gradient_norm, iterations_without_progress; both are looked at every 50 iterations after early
/// exaggeration). However it is cut into calls of run_until, the result is the same to the bit. All ranks.
class Run {
 public:
  Run(State state, const Options& options, const Log& log = Log());

  /// Goes on to iteration `step`, or to the end.
  void run_until(Index step);
  bool done() const { return state_.step() >= state_.steps() || stopped_; }
  Index step() const { return state_.step(); }
  Index steps() const { return state_.steps(); }
  /// The loss is that of the last 50th iteration. Local.
  Progress progress() const;

  /// For a checkpoint: see State.
  NamedArrays arrays();
  void resume() { state_.resume(); }

  /// At the end. The run is empty afterwards.
  Results results();

 private:
  void keep_frame();
  void look_at_loss();
  std::string reason_to_stop(double cost);

  State state_;
  Options options_;
  Log log_;
  std::string phase_;
  std::vector<Index> kl_iterations_, frame_iterations_;
  std::vector<double> kl_history_;
  std::vector<RowMatrix> frames_;
  double lowest_cost_ = std::numeric_limits<double>::infinity();
  Index lowest_step_;
  Index stopped_ = 0;  ///< 1: it made no more progress
};

}  // namespace replearn::tsne
