#pragma once
#include <utility>
#include <vector>

#include "data/sparse_rows.hpp"

namespace replearn::tsne {

/// sum_j p_ij w_ij (y_i - y_j) over the stored pairs of P, for my rows, and the divergence, which needs the same pairs.
///
/// Bound by memory traffic: 8 bytes of P a stored pair, n k to 2 n k of them over all ranks, stream through once a
/// pass; about (5 q + 3) flops a pair, one of six a division. The other points come from all over the map (4 q bytes
/// each): to find them in the near caches, points and rows are taken in the order of a Morton curve of an earlier map,
/// see sort(). That order changes no bit: pairs of a row are summed as they are stored.
class Attraction {
 public:
  /// p: the true P, never exaggerated.
  explicit Attraction(SparseRows p);

  /// forces: local_rows x q. points: all n x q. Local. Pairs in float32, stretches of 2,048 of a row in float64.
  void pull(const RowMatrix& points, RowMatrixD& forces);

  /// KL(P || Q) = sum p_ij log(p_ij / q_ij) in nats, q_ij = w_ij^dof / z. All ranks. Cost: a logarithm a pair.
  double divergence(const mpi::Communicator& comm, const RowMatrix& points, double z, double dof = 1);

  /// Takes the order of this map from now on. points: all n x q. Local. Cost: a sort of n, and a copy of P.
  void sort(const RowMatrix& points);
  /// My rows, counted from my first, in that order: where one is in the map, the next one is near.
  const std::vector<std::int32_t>& my_order() const { return my_order_; }

  /// Of P that a pass reads on this rank.
  double bytes() const { return 8 * static_cast<double>(values_.size()); }

 private:
  template <Index q, class Pairs, class Finish>
  void for_pairs(Pairs pairs, Finish finish) const;
  void pull_in_many(RowMatrixD& forces) const;
  void take(const RowMatrix& points);
  std::pair<double, double> sums_of(std::size_t at) const;

  RowPartition partition_;
  int rank_;
  std::vector<std::int32_t> order_;     // which point is at each place
  std::vector<std::int32_t> my_order_;  // my rows of it
  std::vector<std::int32_t> places_;    // of those rows
  // P, its rows as in my_order_, its columns places.
  std::vector<Index> offsets_;
  std::vector<std::int32_t> columns_;
  std::vector<float> values_;
  RowMatrix sorted_;                      // the map in that order
  std::vector<double> entropies_, sums_;  // of my rows of P, in their own order
};

}  // namespace replearn::tsne
