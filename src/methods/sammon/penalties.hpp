#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::sammon {

/// Points of one class, and how hard they are pulled together or pushed away from the rest.
struct Pull {
  std::string name;                   ///< for messages: "cell_type=B"
  double weight = 0;                  ///< > 0
  std::vector<std::uint8_t> members;  ///< of my rows, 1 where it is one
};

/// What is asked of a map beside a low stress. Each term counts in units of E, lengths in units of l, the root of the
/// weighted mean of d*^2: so weights mean the same for data of any scale.
struct PenaltyTerms {
  std::vector<Pull> pulls;   ///< + weight * mean over pairs of members of |y_i - y_j|^2 / l^2
  std::vector<Pull> pushes;  ///< - weight * |mean of members - mean of the others| / l
  double l2 = 0;             ///< + l2 * mean of |y_i|^2 / l^2
  RowMatrix anchors;         ///< my rows x q: where a point stays; NaN: it is free. 0 x 0: all are free
};

/// The wishes' terms of the cost. With c members and their mean m, the mean over pairs of |y_i - y_j|^2 is
/// 2 / (c - 1) sum_i |y_i - m|^2: no pairs are visited. Anchored points get no gradient.
class Penalties {
 public:
  /// All ranks; comm must outlive it. Throws InputError if a pull has fewer than two members, a push none or all, or a
  /// weight is not a positive number, or anchors are in part NaN or have no free point.
  Penalties(const mpi::Communicator& comm, const RowPartition& partition, PenaltyTerms wishes);

  bool empty() const { return wishes_.pulls.empty() && wishes_.pushes.empty() && wishes_.l2 == 0; }
  bool anchored() const { return wishes_.anchors.size() > 0; }
  /// Puts anchored points where they stay; further columns of y are 0 there. Local.
  void put_anchors(RowMatrixD& y) const;
  /// Zeros in the rows of anchored points. Local.
  void hold_anchors(RowMatrixD& step) const;

  /// The cost of the wishes. Adds its gradient for my rows, and a bound of its second derivatives to `curvature`
  /// (nullptr: not wanted). y: my rows x q or more; length: l. All ranks, equal to the bit on any number of them.
  /// Cost: 4 q flops a member, two sums of q + 1 numbers a wish.
  double add(const RowMatrixD& y, double length, RowMatrixD& gradient, RowMatrixD* curvature) const;

  /// Of each pull the root of its mean squared distance; of each push how far its mean is from that of the others.
  std::vector<double> pulled_distances(const RowMatrixD& y) const;
  std::vector<double> pushed_distances(const RowMatrixD& y) const;

 private:
  template <class Value>
  std::vector<double> sums(Index width, Value value) const;
  RowMatrixD means_of(const std::vector<Pull>& groups, const std::vector<double>& counts, const RowMatrixD& y) const;

  const mpi::Communicator* comm_;
  RowPartition partition_;
  PenaltyTerms wishes_;
  std::vector<double> pull_counts_, push_counts_;  // of members, on all ranks
};

}  // namespace replearn::sammon
