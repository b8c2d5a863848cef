#pragma once
#include <vector>

#include "methods/sammon/lbfgs.hpp"
#include "methods/sammon/stress.hpp"

namespace replearn::sammon {

/// max(|e2|, floor * sum_j 1/d*_ij): what a step is divided by. e2 passes through zero, and the paper's step with it
/// through infinity; that, not the data, is what stops unguarded implementations early. The sum is the value of e2
/// where the map is exact. my rows x q. Local.
RowMatrixD guarded_curvature(const InputDistances& given, const RowMatrixD& e2);

/// L-BFGS on E with 1 / guarded_curvature as the inverse Hessian's first guess. In a detour the last coordinate z is
/// pressed flat besides: what is minimised is then
///
///     E + pressure / c * sum_i w_i z_i^2,     w_i = sum_j 1/d*_ij.
///
/// `ranks` and `distances` must outlive it.
class Descent {
 public:
  /// y: my rows of the points; first_step: share of the preconditioned gradient that is tried first. All ranks.
  Descent(const mpi::Communicator& ranks, const InputDistances& distances, RowMatrixD y, double first_step,
          double pressure);

  /// One iteration; false if no step leads down. All ranks; 1 evaluation, seldom more, and about 20 dot products.
  bool step();
  /// Whether the last ten iterations brought less than `tolerance` of the value.
  bool slow(double tolerance) const;
  /// E, with the pressure if there is one. Never rises.
  double value() const { return value_; }
  const RowMatrixD& points() const { return y_; }

 private:
  struct Trial {
    double value;
    RowMatrixD gradient;
    RowMatrixD e2;  // if asked for
  };
  Trial look(const RowMatrixD& y, bool with_e2) const;
  bool search(const RowMatrixD& direction, double slope, double first_step);

  const mpi::Communicator& comm_;
  const InputDistances& given_;
  double first_step_, pressure_;
  RowMatrixD y_, gradient_;
  double value_ = 0;
  Lbfgs memory_;
  RowMatrixD inverse_;
  std::vector<double> history_;  // of the value
};

}  // namespace replearn::sammon
