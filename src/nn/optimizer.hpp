#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn::nn {

enum class Rule { sgd, rmsprop, adam, adamw };

struct OptimizerOptions {
  Rule rule = Rule::adam;
  double learning_rate = 1e-3;
  double momentum = 0;  ///< for sgd and rmsprop
  double beta1 = 0.9, beta2 = 0.999;
  double smoothing = 0.99;  ///< decay of rmsprop's mean square
  double epsilon = 1e-8;
  double weight_decay =
      0;          ///< L2 penalty: adds weight_decay * value to the gradient; for adamw: decays the value directly
  double l1 = 0;  ///< adds l1 * sign(value) to the gradient
  /// Throws InputError naming the option.
  void validate() const;
};

/// First-order optimizers on flat arrays, as defined by PyTorch. With g the gradient (scaled, clipped, regularized),
/// eta the learning rate and t the step number:
///
///     sgd      u = momentum u + g (u = g at t = 1);               x -= eta u
///     rmsprop  v = a v + (1 - a) g^2;  u = momentum u + g / (sqrt(v) + epsilon);   x -= eta u
///     adam     u = b1 u + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
///              x -= eta u / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)
///     adamw    the same, and x -= eta weight_decay x first, the decay kept out of g (Loshchilov and Hutter 2019)
///
/// Local; identical on ranks with the same values and gradients. About 28 bytes of memory traffic per parameter.
template <class Scalar>
class Optimizer {
 public:
  Optimizer() = default;
  Optimizer(const OptimizerOptions& options, Index size);
  /// rate_factor: from the schedule; gradient_scale: multiplies the gradient.
  void step(std::span<Scalar> values, std::span<const Scalar> gradients, double rate_factor = 1,
            double gradient_scale = 1);
  Index steps() const { return steps_; }
  /// State: arrays as long as the parameters, empty if unused by the optimizer, and the number of steps.
  bool has_first_moment() const { return is_adam() || options_.momentum > 0; }
  bool has_second_moment() const { return is_adam() || options_.rule == Rule::rmsprop; }
  std::vector<Scalar>& first_moment() { return first_; }
  std::vector<Scalar>& second_moment() { return second_; }
  const std::vector<Scalar>& first_moment() const { return first_; }
  const std::vector<Scalar>& second_moment() const { return second_; }
  void set_steps(Index steps) { steps_ = steps; }

 private:
  bool is_adam() const { return options_.rule == Rule::adam || options_.rule == Rule::adamw; }

  OptimizerOptions options_;
  Index steps_ = 0;
  std::vector<Scalar> first_, second_;
};

}  // namespace replearn::nn
