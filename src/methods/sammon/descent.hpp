#pragma once
#include <vector>

#include "methods/sammon/lbfgs.hpp"
#include "methods/sammon/objective.hpp"

namespace replearn::sammon {

/// L-BFGS preconditioned by 1 / curvature, the initial guess of the inverse Hessian, which is recomputed every ten
/// iterations.
class Descent {
 public:
  /// y: local rows of the points; first_step: fraction of the preconditioned gradient that is tried first; penalty: of
  /// the extra dimension, see Objective. All ranks; `objective` must outlive it.
  Descent(const Objective& objective, RowMatrixD y, double first_step, double penalty);
  /// Restores the state saved by put_into().
  Descent(const Objective& objective, const Arrays& arrays);
  void put_into(Arrays& arrays) const;

  /// One iteration; false if no step decreases the objective. All ranks; usually 1 evaluation, and about 20 dot
  /// products.
  bool step();
  /// Whether the relative decrease over the last ten iterations is below `tolerance`.
  bool slow(double tolerance) const;
  /// Value of the objective, which never rises.
  double value() const { return value_; }
  double stress() const { return stress_; }
  const RowMatrixD& points() const { return y_; }

 private:
  bool search(const RowMatrixD& direction, double slope, double first_step);
  void refresh_curvature();
  const RowPartition& partition() const { return objective_.given().partition(); }

  const Objective& objective_;
  double first_step_, penalty_;
  RowMatrixD y_, gradient_;
  double value_ = 0, stress_ = 0;
  Lbfgs memory_;
  RowMatrixD inverse_;
  std::vector<double> history_;  // values of the objective
};

}  // namespace replearn::sammon
