#pragma once
#include "methods/sammon/penalties.hpp"
#include "methods/sammon/stored_distances.hpp"
#include "methods/sammon/stress.hpp"

namespace replearn::sammon {

/// The objective: stress plus penalty terms.
///
/// During dimensional relaxation the map has one extra coordinate z, which is driven to zero by the term
///
///     penalty / c * sum_i w_i z_i^2,     w_i = sum_j w_ij,     c as in stress.hpp.
class Objective {
 public:
  /// All arguments must outlive it.
  Objective(const mpi::Communicator& comm, const StoredDistances& given, const Penalties& penalties)
      : comm_(comm), given_(given), penalties_(penalties) {}

  struct ObjectiveValue {
    double value = 0;      ///< stress + penalty terms + penalty of the extra dimension
    double stress = 0;     ///< E
    RowMatrixD gradient;   ///< local rows x q, 0 for anchored points
    RowMatrixD curvature;  ///< local rows x q, positive, see below; empty if Detail::gradient
    RowMatrixD point_stress;
  };
  /// y: local rows x q. All ranks; cost: evaluate().
  ///
  /// curvature, by which steps are divided: max(|second derivative of the stress|, floor * its value for an exact map),
  /// plus the contribution of the penalty terms. The second derivative passes through zero, where the step of the paper
  /// becomes infinite. This, and not the data, is why unguarded implementations stop early.
  ObjectiveValue evaluate_at(const RowMatrixD& y, Detail detail, double penalty = 0) const;

  /// A diagonal matrix D such that value(z) + gradient(z).(y - z) + (y - z).D (y - z) / 2 is an upper bound of
  /// value(y): local rows x q. With equal weights it is that of SMACOF, 2 n w / c; otherwise 4 w_i / c, since for any
  /// weights sum_{i<j} w_ij |y_i - y_j|^2 <= 2 sum_i w_i |y_i|^2. All ranks.
  RowMatrixD majorant(const RowMatrixD& y) const;

  /// Largest learning rate for which gradient descent on sum w (d* - d)^2 / (n mean w) cannot diverge, for the stress
  /// alone: 2 / (largest possible curvature).
  double safe_learning_rate() const;
  /// Factor from a gradient of E to a gradient of sum w (d* - d)^2 / (n mean w).
  double gradient_scale() const;

  const mpi::Communicator& comm() const { return comm_; }
  const StoredDistances& given() const { return given_; }
  const RowPartition& partition() const { return given_.partition(); }
  const Penalties& penalties() const { return penalties_; }

 private:
  bool equal_weights() const { return given_.weight().a == 0 && given_.group_weights(0) == nullptr; }

  const mpi::Communicator& comm_;
  const StoredDistances& given_;
  const Penalties& penalties_;
};

}  // namespace replearn::sammon
