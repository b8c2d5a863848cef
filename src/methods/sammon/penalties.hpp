#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "numerics/pull.hpp"

namespace replearn::sammon {

/// Penalty terms and constraints besides the stress. Each term counts in units of E and lengths in units of l, the
/// square root of the weighted mean of d*^2, so that weights mean the same for data of any scale.
struct PenaltyTerms {
  std::vector<Pull> pulls;   ///< + weight * mean over pairs of members of |y_i - y_j|^2 / l^2
  std::vector<Pull> pushes;  ///< - weight * |mean of members - mean of the others| / l
  double l2 = 0;             ///< + l2 * mean of |y_i|^2 / l^2
  RowMatrix anchors;         ///< local rows x q: fixed positions; NaN: a free point. 0 x 0: all points are free
};

/// Evaluates the penalty terms, without visiting pairs (see Pull). Anchored points receive no gradient.
class Penalties {
 public:
  /// All ranks; comm must outlive it. Throws InputError if a pull has fewer than two members, a push has none or all
  /// points, a weight is not a positive number, or anchors are partly NaN or leave no free point.
  Penalties(const mpi::Communicator& comm, const RowPartition& partition, PenaltyTerms terms);

  bool empty() const { return terms_.pulls.empty() && terms_.pushes.empty() && terms_.l2 == 0; }
  bool anchored() const { return terms_.anchors.size() > 0; }
  /// Moves anchored points to their positions, with 0 in any additional columns of y. Local.
  void put_anchors(RowMatrixD& y) const;
  /// Sets the rows of anchored points to zero. Local.
  void hold_anchors(RowMatrixD& step) const;

  /// For all points, 1 if it is anchored; empty if none is. All ranks.
  std::vector<std::uint8_t> anchored_points() const;

  /// Returns the cost of the penalty terms. Adds its gradient for the local rows, and an upper bound of its second
  /// derivatives to `curvature` (nullptr: not needed). y: local rows x q or more; length: l. All ranks, equal to the
  /// bit on any number of them.
  /// Cost: 4 q flops per member, two sums of q + 1 numbers per term.
  double add(const RowMatrixD& y, double length, RowMatrixD& gradient, RowMatrixD* curvature) const;

  /// For each pull the root mean squared distance of its members; for each push the distance of its mean from that of
  /// the others.
  std::vector<double> pulled_distances(const RowMatrixD& y) const;
  std::vector<double> pushed_distances(const RowMatrixD& y) const;

 private:
  template <class Value>
  std::vector<double> sums(Index width, Value value) const;
  RowMatrixD means_of(const std::vector<Pull>& groups, const std::vector<double>& counts, const RowMatrixD& y) const;

  const mpi::Communicator* comm_;
  RowPartition partition_;
  PenaltyTerms terms_;
  std::vector<double> pull_counts_, push_counts_;  // number of members over all ranks
};

}  // namespace replearn::sammon
