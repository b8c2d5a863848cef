#pragma once
#include <limits>
#include <string>

#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// A State with its history (KL divergences, frames) and early stopping; this is what run_with_checkpoints runs and
/// stores. Ends after State::steps() iterations, or when progress stalls (options.min_gradient_norm,
/// iterations_without_progress; both are checked every 50 iterations after early exaggeration). The result is the same
/// to the bit however the run is divided into calls of run_until. All ranks.
class Run {
 public:
  Run(State state, const Options& options, const Log& log = Log());

  /// Runs up to iteration `step`, or to the end.
  void run_until(Index step);
  bool done() const { return state_.step() >= state_.steps() || stopped_; }
  Index step() const { return state_.step(); }
  Index steps() const { return state_.steps(); }
  /// Progress so far; the loss is that of the last multiple of 50 iterations. Local.
  Progress progress() const;

  /// State for a checkpoint, see State.
  NamedArrays arrays();
  void resume() { state_.resume(); }

  /// Results at the end of the run, which is empty afterwards.
  Results results();

 private:
  void keep_frame();
  void record_loss();
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
  Index stopped_ = 0;  ///< 1 if stopped for lack of progress
};

}  // namespace replearn::tsne
