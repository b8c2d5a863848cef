#include "methods/sammon/simple_descents.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"

namespace replearn::sammon {
namespace {

constexpr double shrink = 0.5, grow = 1.3, min_magic_factor = 1e-4;
constexpr double far_above = 1000;
/// Number of steps within which a gradient descent must fall below its initial value.
constexpr Index patience = 50;

}  // namespace

PseudoNewton::PseudoNewton(const Objective& objective, double magic_factor)
    : objective_(objective), first_magic_factor_(magic_factor), magic_factor_(magic_factor) {}

void PseudoNewton::start(RowMatrixD y) {
  y_ = std::move(y);
  magic_factor_ = first_magic_factor_;
  resume();
}

bool PseudoNewton::step() {
  const RowMatrixD direction = here_.gradient.cwiseQuotient(here_.curvature);
  for (; magic_factor_ >= min_magic_factor; magic_factor_ *= shrink) {
    RowMatrixD trial = y_ - magic_factor_ * direction;
    auto there = objective_.evaluate_at(trial, Detail::all);
    if (!(there.value < here_.value)) continue;
    y_ = std::move(trial);
    here_ = std::move(there);
    magic_factor_ = std::min(1.0, magic_factor_ * grow);
    return true;
  }
  return false;
}

NamedArrays PseudoNewton::arrays() {
  return {{"pseudo-newton/points", &y_, objective_.partition()}, {"pseudo-newton/magic_factor", &magic_factor_, {}}};
}

void PseudoNewton::resume() {
  here_ = objective_.evaluate_at(y_, Detail::all);
}

GradientDescent::GradientDescent(const Objective& objective, double learning_rate, double momentum)
    : objective_(objective), learning_rate_(learning_rate), momentum_(momentum) {}

void GradientDescent::start(RowMatrixD y) {
  y_ = std::move(y);
  velocity_ = RowMatrixD::Zero(y_.rows(), y_.cols());
  steps_ = steps_above_start_ = 0;
  resume();
  initial_value_ = here_.value;
}

bool GradientDescent::step() {
  velocity_ = momentum_ * velocity_ - learning_rate_ * objective_.gradient_scale() * here_.gradient;
  y_ += velocity_;
  here_ = objective_.evaluate_at(y_, Detail::gradient);
  ++steps_;
  steps_above_start_ = here_.value > initial_value_ ? steps_above_start_ + 1 : 0;
  require_descent();
  return true;
}

void GradientDescent::require_descent() const {
  const double safe = objective_.safe_learning_rate() * (1 + momentum_);
  const bool diverged = !(here_.value <= far_above * std::max(1.0, initial_value_));
  const bool oscillates = learning_rate_ > safe && steps_ >= 2 * patience && steps_above_start_ >= patience;
  if (!diverged && !oscillates) return;
  throw InputError(
      "", "--learning-rate",
      fmt::format(
          "with {:g} the descent {}: after {} steps the stress is {:.3g}. Steps overshoot the minimum, to a higher "
          "stress than before: in the direction of largest curvature they grow if the rate is above {:.3g}",
          learning_rate_, diverged ? "diverged" : "oscillates and stayed above its initial stress in the last 50 steps",
          steps_, here_.value, safe),
      fmt::format("use {:.2g}, or another --optimizer, which needs no rate", 0.5 * safe));
}

NamedArrays GradientDescent::arrays() {
  const auto& rows = objective_.partition();
  return {{"gradient_descent/points", &y_, rows},
          {"gradient_descent/velocity", &velocity_, rows},
          {"gradient_descent/initial_value", &initial_value_, {}},
          {"gradient_descent/steps", &steps_, {}},
          {"gradient_descent/steps_above_start", &steps_above_start_, {}}};
}

void GradientDescent::resume() {
  here_ = objective_.evaluate_at(y_, Detail::gradient);
}

void Majorization::start(RowMatrixD y) {
  y_ = std::move(y);
  resume();
}

bool Majorization::step() {
  y_ -= here_.gradient.cwiseProduct(inverse_majorant_);
  here_ = objective_.evaluate_at(y_, Detail::gradient);
  return true;
}

NamedArrays Majorization::arrays() {
  return {{"majorization/points", &y_, objective_.partition()}};
}

void Majorization::resume() {
  inverse_majorant_ = objective_.majorant(y_).cwiseInverse();
  here_ = objective_.evaluate_at(y_, Detail::gradient);
}

}  // namespace replearn::sammon
