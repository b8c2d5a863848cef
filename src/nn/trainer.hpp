#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "nn/early_stopping.hpp"
#include "nn/epoch_sums.hpp"
#include "nn/parameter_group.hpp"
#include "nn/schedule.hpp"

namespace replearn::nn {

struct TrainerOptions {
  std::string name = {};      ///< name of the method, for the log
  Index steps = 0;            ///< number of training steps
  Index steps_per_epoch = 1;  ///< steps between two evaluations
  ScheduleOptions schedule = {};
  double clip = 0;        ///< maximum norm of the gradient of all groups that are updated together; 0: none
  Index patience = 0;     ///< epochs without a lower held-out loss before stopping and restoring the best; 0: never
  double min_gain = 0;    ///< see EarlyStopping
  std::string hint = {};  ///< what to do if the loss is no longer finite
};

/// The training loop. It counts steps and epochs, updates parameters at the learning rate of the schedule with clipped
/// gradients, stops early and restores the best model, detects divergence, and saves all of this in checkpoints. The
/// rest is the model's:
///
///     void take_step()               draws a batch, computes the gradients of step(), adds to sums and calls update()
///     double training_loss() const   mean over the steps of the epoch so far, from sums; NaN: none yet
///     double end_epoch()             evaluates and records; returns the held-out loss; NaN: no criterion for stopping
///
/// Everything is the same on every rank, and the result does not depend on how steps are divided into calls of
/// run_until.
class Trainer {
 public:
  /// groups: all trained parameters. statistics: what training changes without an optimizer (running means and
  /// variances of batch normalization), the same on every rank. sums: number of epoch sums. Groups, with their initial
  /// values, and statistics must outlive the trainer.
  Trainer(const mpi::Communicator& comm, std::vector<ParameterGroup*> groups,
          std::vector<std::vector<double>*> statistics, std::size_t sums, const TrainerOptions& options,
          const Log& log);

  /// Runs up to `step`, or to the end: steps(), or earlier by patience. All ranks. Throws InputError, as
  /// require_finite().
  template <class Model>
  void run_until(Index step, Model& model) {
    release();
    while (!done() && step_ < step) {
      model.take_step();
      ++step_;
      if (step_ % options_.steps_per_epoch != 0 && step_ < options_.steps) continue;
      const double held_out_loss = model.end_epoch();
      end_epoch(model.training_loss(), held_out_loss);
    }
  }
  Index step() const { return step_; }
  Index steps() const { return options_.steps; }
  Index steps_per_epoch() const { return options_.steps_per_epoch; }
  /// Epochs begun: in end_epoch(), the number of the epoch that ends, from 1.
  Index epoch() const { return ceil_div(step_, options_.steps_per_epoch); }
  Index epochs() const { return ceil_div(options_.steps, options_.steps_per_epoch); }
  bool done() const { return step_ >= options_.steps || stopped_ != 0; }
  /// Step at which training ends, as far as is known: steps(), or fewer after an early stop.
  Index end() const { return stopped_ != 0 ? step_ : options_.steps; }
  /// Whether training has ended with the best model instead of the last.
  bool restored_best() const { return done() && best_is_earlier(); }
  /// A model's training_loss() or, where that is NaN, the one of the previous epoch.
  double latest(double training_loss) const;
  /// Whether the epoch that ends is one of about `lines` to be logged.
  bool logs_epoch(Index lines) const;

  /// Updates all groups, or one of them, whose gradients are multiplied by `scale`, then clipped. All ranks.
  void update(double scale = 1) { update(groups_, scale); }
  void update(ParameterGroup& group, double scale = 1) { update(std::vector{&group}, scale); }
  /// Throws InputError if the loss of this step is infinite or NaN.
  void require_finite(double loss) const;

  EpochSums sums;

  /// State for a checkpoint between two steps; resume() continues from the restored arrays. All ranks.
  NamedArrays arrays();
  void resume();

 private:
  bool best_is_earlier() const { return std::isfinite(stopping_.best()) && stopping_.without_gain() > 0; }
  void update(const std::vector<ParameterGroup*>& groups, double scale);
  void end_epoch(double training_loss, double held_out_loss);
  void save_best();
  void restore_best();
  /// Frees the copies made for a checkpoint that has been written or read.
  void release();

  TrainerOptions options_;
  Log log_;
  std::vector<ParameterGroup*> groups_;
  std::vector<std::vector<double>*> statistics_;
  std::vector<std::vector<double>> best_statistics_;
  EarlyStopping stopping_;
  Index step_ = 0, stopped_ = 0;
  double last_training_loss_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace replearn::nn
