#pragma once
#include "methods/sammon/input_distances.hpp"
#include "methods/sammon/penalties.hpp"
#include "methods/sammon/stress.hpp"

namespace replearn::sammon {

/// What is minimized: the stress, and what is wished besides.
///
/// In a detour the map has one coordinate z more than it shall have, which is pressed flat by
/// + pressure / c * sum_i w_i z_i^2, w_i = sum_j w_ij, c as in stress.hpp.
class Objective {
 public:
  /// All must outlive it.
  Objective(const mpi::Communicator& comm, const InputDistances& given, const Penalties& penalties)
      : comm_(comm), given_(given), penalties_(penalties) {}

  struct ObjectiveValue {
    double value = 0;      ///< stress + wishes + pressure
    double stress = 0;     ///< E
    RowMatrixD gradient;   ///< my rows x q, 0 for anchored points
    RowMatrixD curvature;  ///< my rows x q, positive, see below; empty if Detail::gradient
    RowMatrixD point_stress;
  };
  /// y: my rows x q. All ranks; cost: evaluate().
  ///
  /// curvature: max(|second derivative of the stress|, floor * its value where the map is exact), and what the wishes
  /// add: what a step is divided by. The second derivative passes through zero, and the paper's step with it through
  /// infinity; that, not the data, is what stops unguarded implementations early.
  ObjectiveValue evaluate_at(const RowMatrixD& y, Detail detail, double penalty = 0) const;

  /// A diagonal matrix D such that value(z) + gradient(z).(y - z) + (y - z).D (y - z) / 2 is nowhere below value(y):
  /// my rows x q. With equal weights of all pairs it is that of SMACOF, 2 n w / c; else 4 w_i / c, since for any
  /// weights sum_{i<j} w_ij |y_i - y_j|^2 <= 2 sum_i w_i |y_i|^2. All ranks.
  RowMatrixD majorant(const RowMatrixD& y) const;

  /// The longest learning rate of a gradient descent on sum w (d* - d)^2 / (n mean w) that cannot diverge for the
  /// stress alone: 2 over the largest curvature there can be.
  double safe_learning_rate() const;
  /// What turns a gradient of E into one of that.
  double gradient_scale() const;

  const mpi::Communicator& comm() const { return comm_; }
  const InputDistances& given() const { return given_; }
  const Penalties& penalties() const { return penalties_; }

 private:
  bool equal_weights() const { return given_.weight().a == 0 && given_.group_weights(0) == nullptr; }

  const mpi::Communicator& comm_;
  const InputDistances& given_;
  const Penalties& penalties_;
};

}  // namespace replearn::sammon
