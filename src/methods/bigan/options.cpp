#include "methods/bigan/options.hpp"

#include "base/error.hpp"
#include "nn/model_memory.hpp"

namespace replearn::bigan {
namespace {

void require_widths(const std::vector<Index>& widths, const char* option) {
  for (const Index width : widths) {
    require(width >= 1, option, "a width below 1", "use positive integers");
    require(width <= nn::max_width, option, "a width above 2^20", "128 is usual");
  }
}

}  // namespace

void Options::validate() const {
  require(latent >= 1 && latent <= nn::max_width, "--latent", "must be from 1 to 2^20",
          "10 to 50 are usual; 2 can be plotted");
  require_widths(hidden, "--hidden");
  require_widths(discriminator_hidden, "--discriminator-hidden");
  require(pieces >= 2, "--pieces", "must be at least 2", "2 to 5 are usual");
  require(slope >= 0 && slope < 1, "--slope", "must be from 0 to below 1", "0.1 and 0.2 are usual");
  require(label_smoothing >= 0 && label_smoothing < 0.5, "--label-smoothing", "must be from 0 to below 0.5",
          "0.1 is usual");
  require(penalty_weight > 0, "--penalty-weight", "must be above 0", "use --penalty none for no penalty");
  require(penalty_every >= 1, "--penalty-every", "must be at least 1", "1 applies it in every step");
  require(penalty == Penalty::none || !discriminator_batch_norm, "--penalty",
          "the gradient of a pair depends on the other pairs of the batch under --discriminator-batch-norm",
          "omit one of the two; --spectral-norm is compatible with both");
  require(discriminator_steps >= 1, "--discriminator-steps", "must be at least 1", "1 to 5 are usual");
  require(generator_steps >= 1, "--generator-steps", "must be at least 1", "1 is usual");
  optimizer.validate();
  require(discriminator_rate > 0, "--discriminator-rate", "must be above 0",
          "1 is the learning rate of encoder and generator");
  require(schedule.warmup >= 0, "--warmup", "must not be negative", "0 disables it");
  require(schedule.final_share >= 0 && schedule.final_share <= 1, "--final-rate", "must be from 0 to 1",
          "0.1 is usual");
  require(schedule.kind != nn::Schedule::exponential || schedule.final_share > 0, "--final-rate",
          "must be above 0 for an exponential schedule", "0.01 is usual");
  require(cycle_weight >= 0, "--cycle-weight", "must not be negative", "0 disables it");
  require(average >= 0 && average < 1, "--average", "must be from 0 to below 1", "0.999 is usual, 0 disables it");
  require(initial_scale > 0, "--initial-scale", "must be above 0", "1 is usual; 0.02 for normal weights");
  require(batch >= 3, "--batch", "must be at least 3", "100 to 512 are usual");
  require(steps >= 1, "--steps", "must be at least 1", "10000 is usual");
  require(epochs >= 0, "--epochs", "must not be negative", "0 uses --steps");
  require(eval_every >= 0, "--eval-every", "must not be negative", "0 evaluates fifty times in total");
}

}  // namespace replearn::bigan
