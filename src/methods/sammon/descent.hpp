#pragma once
#include <vector>

#include "methods/sammon/lbfgs.hpp"
#include "methods/sammon/objective.hpp"

namespace replearn::sammon {

/// L-BFGS on an objective with 1 / curvature as the inverse Hessian's first guess, made anew every ten iterations.
class Descent {
 public:
  /// y: my rows of the points; first_step: share of the preconditioned gradient that is tried first; pressure: of a
  /// detour, see Objective. All ranks; `objective` must outlive it.
  Descent(const Objective& objective, RowMatrixD y, double first_step, double penalty);
  /// One that stood as put_into() says.
  Descent(const Objective& objective, const Arrays& arrays);
  void put_into(Arrays& arrays) const;

  /// One iteration; false if no step leads down. All ranks; 1 evaluation, seldom more, and about 20 dot products.
  bool step();
  /// Whether the last ten iterations brought less than `tolerance` of the value.
  bool slow(double tolerance) const;
  /// The objective. Never rises.
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
  std::vector<double> history_;  // of the value
};

}  // namespace replearn::sammon
