#include "methods/sammon/simple_descents.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"

namespace replearn::sammon {
namespace {

constexpr double shrink = 0.5, grow = 1.3, min_magic_factor = 1e-4;
constexpr double far_above = 1000;
constexpr std::ptrdiff_t watched_steps = 50;

}  // namespace

PseudoNewton::PseudoNewton(const Objective& objective, RowMatrixD y, double magic_factor)
    : objective_(objective), y_(std::move(y)), magic_(magic_factor), here_(objective.evaluate_at(y_, Detail::all)) {}

bool PseudoNewton::step() {
  const RowMatrixD way = here_.gradient.cwiseQuotient(here_.curvature);
  for (; magic_ >= min_magic_factor; magic_ *= shrink) {
    RowMatrixD trial = y_ - magic_ * way;
    auto there = objective_.evaluate_at(trial, Detail::all);
    if (!(there.value < here_.value)) continue;
    y_ = std::move(trial);
    here_ = std::move(there);
    magic_ = std::min(1.0, magic_ * grow);
    return true;
  }
  return false;
}

GradientDescent::GradientDescent(const Objective& objective, RowMatrixD y, RowMatrixD velocity, double learning_rate,
                                 double momentum)
    : objective_(objective),
      y_(std::move(y)),
      velocity_(std::move(velocity)),
      learning_rate_(learning_rate),
      momentum_(momentum),
      here_(objective.evaluate_at(y_, Detail::gradient)) {}

void GradientDescent::step() {
  velocity_ = momentum_ * velocity_ - learning_rate_ * objective_.gradient_scale() * here_.gradient;
  y_ += velocity_;
  here_ = objective_.evaluate_at(y_, Detail::gradient);
}

void GradientDescent::check(const std::vector<double>& history) const {
  const double safe = objective_.safe_learning_rate() * (1 + momentum_);
  const bool gone = !(history.back() <= far_above * std::max(1.0, history.front()));
  const bool restless = learning_rate_ > safe && static_cast<std::ptrdiff_t>(history.size()) > 2 * watched_steps &&
                        *std::min_element(history.end() - watched_steps, history.end()) > history.front();
  if (!gone && !restless) return;
  throw InputError(
      "", "--learning-rate",
      format("with %g the descent %s: after %zu steps the stress is %.3g. Steps overshoot the minimum, to a higher "
             "stress than before: in the direction of largest curvature they grow if the rate is above %.3g",
             learning_rate_, gone ? "diverged" : "oscillates and stayed above its initial stress in the last 50 steps",
             history.size() - 1, history.back(), safe),
      format("use %.2g, or another --optimizer, which needs no rate", 0.5 * safe));
}

Majorization::Majorization(const Objective& objective, RowMatrixD y)
    : objective_(objective),
      y_(std::move(y)),
      inverse_(objective.majorant(y_).cwiseInverse()),
      here_(objective.evaluate_at(y_, Detail::gradient)) {}

void Majorization::step() {
  y_ -= here_.gradient.cwiseProduct(inverse_);
  here_ = objective_.evaluate_at(y_, Detail::gradient);
}

}  // namespace replearn::sammon
