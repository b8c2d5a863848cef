#include "methods/sammon/lbfgs_descent.hpp"

namespace replearn::sammon {
namespace {

/// Interval at which the preconditioner is recomputed.
constexpr Index refresh = 10;
/// Sufficient decrease of a step relative to the prediction (Armijo), and the shortest step tried.
constexpr double sufficient = 1e-4, min_step = 1e-6, shrink = 0.5;

}  // namespace

LbfgsDescent::LbfgsDescent(const Objective& objective, double first_step)
    : objective_(objective), first_step_(first_step), memory_(objective.comm(), objective.partition()) {}

void LbfgsDescent::start(RowMatrixD y) {
  y_ = std::move(y);
  memory_.forget();
  steps_ = 0;
  auto here = objective_.evaluate_at(y_, Detail::all, penalty_);
  inverse_curvature_ = here.curvature.cwiseInverse();
  value_ = here.value;
  gradient_ = std::move(here.gradient);
}

bool LbfgsDescent::step() {
  if (steps_ > 0 && steps_ % refresh == 0) {
    inverse_curvature_ = objective_.evaluate_at(y_, Detail::all, penalty_).curvature.cwiseInverse();
  }
  if (!step_from_memory()) {
    if (memory_.empty()) return false;
    memory_.forget();  // the curvature history was misleading: retry with preconditioned steepest descent
    if (!step_from_memory()) return false;
  }
  ++steps_;
  return true;
}

bool LbfgsDescent::step_from_memory() {
  const RowMatrixD direction = memory_.direction(gradient_, inverse_curvature_);
  const double slope = dot(objective_.comm(), objective_.partition(), gradient_, direction);
  return slope < 0 && search(direction, slope, memory_.empty() ? first_step_ : 1.0);
}

bool LbfgsDescent::search(const RowMatrixD& direction, double slope, double first_step) {
  for (double step = first_step; step >= min_step; step *= shrink) {
    RowMatrixD there = y_ + step * direction;
    auto trial = objective_.evaluate_at(there, Detail::gradient, penalty_);
    if (trial.value < value_ + sufficient * step * slope) {
      memory_.remember(step * direction, trial.gradient - gradient_);
      y_ = std::move(there);
      value_ = trial.value;
      gradient_ = std::move(trial.gradient);
      return true;
    }
  }
  return false;
}

NamedArrays LbfgsDescent::arrays() {
  NamedArrays arrays = memory_.arrays("l-bfgs/");
  arrays.push_back({"l-bfgs/points", &y_, objective_.partition()});
  arrays.push_back({"l-bfgs/inverse_curvature", &inverse_curvature_, objective_.partition()});
  arrays.push_back({"l-bfgs/step", &steps_, {}});
  return arrays;
}

void LbfgsDescent::resume() {
  auto here = objective_.evaluate_at(y_, Detail::gradient, penalty_);
  value_ = here.value;
  gradient_ = std::move(here.gradient);
}

}  // namespace replearn::sammon
