#include "methods/sammon/descent.hpp"

#include <algorithm>
#include <cmath>

namespace replearn::sammon {
namespace {

/// Interval at which the preconditioner is recomputed, and number of iterations over which convergence is judged.
constexpr Index refresh = 10;
constexpr std::size_t watched = 10;
/// Sufficient decrease of a step relative to the prediction (Armijo), and the shortest step tried.
constexpr double sufficient = 1e-4, min_step = 1e-6, shrink = 0.5;

}  // namespace

Descent::Descent(const Objective& objective, RowMatrixD y, double first_step, double penalty)
    : objective_(objective),
      first_step_(first_step),
      penalty_(penalty),
      y_(std::move(y)),
      memory_(objective.comm(), objective.given().partition()) {
  auto here = objective_.evaluate_at(y_, Detail::all, penalty_);
  inverse_ = here.curvature.cwiseInverse();
  value_ = here.value;
  stress_ = here.stress;
  gradient_ = std::move(here.gradient);
  history_.push_back(value_);
}

Descent::Descent(const Objective& objective, const Arrays& arrays)
    : objective_(objective),
      first_step_(arrays.shared.at("descent")[0]),
      penalty_(arrays.shared.at("descent")[1]),
      y_(arrays.rows.at("descent/y")),
      memory_(objective.comm(), objective.given().partition()),
      inverse_(arrays.rows.at("descent/inverse")),
      history_(arrays.shared.at("descent/history")) {
  auto here = objective_.evaluate_at(y_, Detail::gradient, penalty_);
  value_ = here.value;
  stress_ = here.stress;
  gradient_ = std::move(here.gradient);
  memory_.take_from(arrays);
}

void Descent::put_into(Arrays& arrays) const {
  arrays.shared["descent"] = {first_step_, penalty_};
  arrays.shared["descent/history"] = history_;
  arrays.rows["descent/y"] = y_;
  arrays.rows["descent/inverse"] = inverse_;
  memory_.put_into(arrays);
}

bool Descent::slow(double tolerance) const {
  const std::size_t last = history_.size() - 1;
  return last >= watched && history_[last - watched] - value_ < tolerance * std::abs(value_);
}

void Descent::refresh_curvature() {
  inverse_ = objective_.evaluate_at(y_, Detail::all, penalty_).curvature.cwiseInverse();
}

bool Descent::step() {
  if (const auto steps = static_cast<Index>(history_.size()) - 1; steps > 0 && steps % refresh == 0) {
    refresh_curvature();
  }
  const auto search_from_memory = [&] {
    const RowMatrixD direction = memory_.direction(gradient_, inverse_);
    const double slope = dot(objective_.comm(), partition(), gradient_, direction);
    return slope < 0 && search(direction, slope, memory_.empty() ? first_step_ : 1.0);
  };
  if (!search_from_memory()) {
    if (memory_.empty()) return false;
    memory_.forget();  // the curvature history was misleading: retry with preconditioned steepest descent
    if (!search_from_memory()) return false;
  }
  history_.push_back(value_);
  return true;
}

bool Descent::search(const RowMatrixD& direction, double slope, double first_step) {
  for (double step = first_step; step >= min_step; step *= shrink) {
    RowMatrixD there = y_ + step * direction;
    auto trial = objective_.evaluate_at(there, Detail::gradient, penalty_);
    if (trial.value < value_ + sufficient * step * slope) {
      memory_.remember(step * direction, trial.gradient - gradient_);
      y_ = std::move(there);
      value_ = trial.value;
      stress_ = trial.stress;
      gradient_ = std::move(trial.gradient);
      return true;
    }
  }
  return false;
}

}  // namespace replearn::sammon
