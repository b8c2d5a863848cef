#include "methods/sammon/descent.hpp"

#include <algorithm>
#include <cmath>

#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

constexpr double curvature_floor = 0.1;
/// How often the preconditioner is made anew, and over how many iterations the fall is watched.
constexpr Index refresh = 10;
constexpr std::size_t watched = 10;
/// The share of the promised fall that a step must bring (Armijo), the shortest step tried.
constexpr double sufficient = 1e-4, least_step = 1e-6, shrink = 0.5;

}  // namespace

RowMatrixD guarded_curvature(const InputDistances& given, const RowMatrixD& e2) {
  RowMatrixD h = e2.cwiseAbs();
  for (Index i = 0; i < h.rows(); ++i) {
    const double least = curvature_floor * given.weights()[static_cast<std::size_t>(i)];
    for (Index p = 0; p < h.cols(); ++p) h(i, p) = std::max(h(i, p), least);
  }
  return h;
}

Descent::Descent(const mpi::Communicator& ranks, const InputDistances& distances, RowMatrixD y, double first_step,
                 double pressure)
    : comm_(ranks),
      given_(distances),
      first_step_(first_step),
      pressure_(pressure),
      y_(std::move(y)),
      memory_(ranks, distances.partition()) {
  auto here = look(y_, true);
  inverse_ = (2 / given_.sum() * guarded_curvature(given_, here.e2)).cwiseInverse();
  value_ = here.value;
  gradient_ = std::move(here.gradient);
  history_.push_back(value_);
}

Descent::Trial Descent::look(const RowMatrixD& y, bool with_e2) const {
  auto evaluation = evaluate(comm_, given_, y, with_e2);
  const double scale = 2 / given_.sum();
  Trial trial{evaluation.stress, -scale * evaluation.e1, std::move(evaluation.e2)};
  if (pressure_ > 0) {
    const Index last = y.cols() - 1;
    RowMatrixD weighted(y.rows(), 1);  // pressure w_i z_i
    for (Index i = 0; i < y.rows(); ++i) {
      weighted(i, 0) = pressure_ * given_.weights()[static_cast<std::size_t>(i)] * y(i, last);
    }
    trial.value += dot(comm_, given_.partition(), weighted, y.col(last)) / given_.sum();
    trial.gradient.col(last) += scale * weighted;
    if (with_e2) {
      for (Index i = 0; i < y.rows(); ++i) {
        trial.e2(i, last) += pressure_ * given_.weights()[static_cast<std::size_t>(i)];
      }
    }
  }
  return trial;
}

bool Descent::slow(double tolerance) const {
  const std::size_t last = history_.size() - 1;
  return last >= watched && history_[last - watched] - value_ < tolerance * value_;
}

bool Descent::step() {
  if (const auto steps = static_cast<Index>(history_.size()) - 1; steps > 0 && steps % refresh == 0) {
    inverse_ = (2 / given_.sum() * guarded_curvature(given_, look(y_, true).e2)).cwiseInverse();
  }
  const auto search_from_memory = [&] {
    const RowMatrixD direction = memory_.direction(gradient_, inverse_);
    const double slope = dot(comm_, given_.partition(), gradient_, direction);
    return slope < 0 && search(direction, slope, memory_.empty() ? first_step_ : 1.0);
  };
  if (!search_from_memory()) {
    if (memory_.empty()) return false;
    memory_.forget();  // what was remembered misled: once more, straight down
    if (!search_from_memory()) return false;
  }
  history_.push_back(value_);
  return true;
}

bool Descent::search(const RowMatrixD& direction, double slope, double first_step) {
  for (double step = first_step; step >= least_step; step *= shrink) {
    RowMatrixD there = y_ + step * direction;
    auto trial = look(there, false);
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

}  // namespace replearn::sammon
