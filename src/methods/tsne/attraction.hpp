#pragma once
#include <vector>

#include "data/sparse_rows.hpp"
#include "methods/tsne/map_view.hpp"

namespace replearn::tsne {

/// The attractive forces sum_j p_ij w_ij (y_i - y_j) over the stored pairs of P, for this rank's rows, and the KL
/// divergence, which visits the same pairs.
///
/// Bound by memory traffic: each pass streams 8 bytes of P per stored pair (float32 and int32; n k to 2 n k pairs over
/// all ranks) and takes about (5 q + 3) flops per pair, including one division. Coordinates of the other points (4 q
/// bytes per pair) come from all over the map and are served by the caches. (Sorting rows and points along a Morton
/// curve does not help at 200,000 points; at a million it saves a fifth of the time, less than the sort costs.)
class Attraction {
 public:
  /// p: the true P, without exaggeration.
  explicit Attraction(SparseRows p);

  /// forces: local_rows x q. points: all n x q. Local. Pairs in float32, partial sums over 2,048 pairs of a row in
  /// float64.
  void compute_attraction(const MapView& points, RowMatrixD& forces) const;

  /// KL(P || Q) = sum p_ij log(p_ij / q_ij) in nats, q_ij = w_ij^dof / z. All ranks. Cost: one logarithm per pair.
  double divergence(const mpi::Communicator& comm, const MapView& points, double z, double dof = 1) const;

  /// Bytes of P read per pass on this rank.
  double bytes() const { return 8 * static_cast<double>(p_.local_nonzeros()); }

 private:
  template <Index q, class Pairs, class Finish>
  void for_pairs(const MapView& points, Pairs pairs, Finish finish) const;

  SparseRows p_;
  std::vector<double> entropies_, sums_;  // per local row: -sum_j p_ij log(p_ij) and sum_j p_ij
};

}  // namespace replearn::tsne
