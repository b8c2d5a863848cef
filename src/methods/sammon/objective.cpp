#include "methods/sammon/objective.hpp"

#include <algorithm>
#include <cmath>

#include "methods/sammon/lbfgs_memory.hpp"

namespace replearn::sammon {
namespace {

constexpr double curvature_floor = 0.1;

}  // namespace

Objective::ObjectiveValue Objective::evaluate_at(const RowMatrixD& y, Detail detail, double penalty) const {
  auto evaluation = evaluate(comm_, given_, y, detail);
  const bool all = detail == Detail::all;
  const double scale = 2 / given_.sum();
  const auto& weights = given_.weights();
  ObjectiveValue here{
      evaluation.stress, evaluation.stress, -scale * evaluation.e1, {}, std::move(evaluation.point_stress)};
  if (all) {
    here.curvature = scale * evaluation.e2.cwiseAbs();
    for (Index i = 0; i < y.rows(); ++i) {
      const double least = curvature_floor * scale * weights[i];
      here.curvature.row(i) = here.curvature.row(i).cwiseMax(least);
    }
  }
  if (penalty > 0) {
    const Index last = y.cols() - 1;
    RowMatrixD penalized(y.rows(), 1);  // penalty w_i z_i
    for (Index i = 0; i < y.rows(); ++i) {
      const double weight = penalty * weights[i];
      penalized(i, 0) = weight * y(i, last);
      if (all) here.curvature(i, last) += scale * weight;
    }
    here.value += dot(comm_, given_.partition(), penalized, y.col(last)) / given_.sum();
    here.gradient.col(last) += scale * penalized;
  }
  if (!penalties_.empty()) {
    here.value += penalties_.add(y, given_.length(), here.gradient, all ? &here.curvature : nullptr);
  }
  penalties_.hold_anchors(here.gradient);
  return here;
}

RowMatrixD Objective::majorant(const RowMatrixD& y) const {
  RowMatrixD d(y.rows(), y.cols());
  const double n = static_cast<double>(given_.partition().rows()), scale = 2 / given_.sum();
  for (Index i = 0; i < y.rows(); ++i) {
    const double weight = given_.weights()[i];
    d.row(i).setConstant(scale * (equal_weights() ? n * given_.largest_weight() : 2 * weight));
  }
  if (!penalties_.empty()) {
    RowMatrixD gradient = RowMatrixD::Zero(y.rows(), y.cols());
    penalties_.add(y, given_.length(), gradient, &d);
  }
  return d;
}

double Objective::gradient_scale() const {
  const double n = static_cast<double>(given_.partition().rows());
  return given_.sum() * (n - 1) / given_.total_weight();  // c / (n mean w)
}

double Objective::safe_learning_rate() const {
  // The Hessian is at most 2 / c times the Laplacian of the weights, whose eigenvalues are at most these.
  const double n = static_cast<double>(given_.partition().rows());
  const double most = std::min(2 * given_.largest_row_weight(), n * given_.largest_weight());
  return given_.total_weight() / ((n - 1) * most);
}

}  // namespace replearn::sammon
