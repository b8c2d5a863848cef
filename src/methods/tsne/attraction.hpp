#pragma once
#include <vector>

#include "data/sparse_rows.hpp"
#include "methods/tsne/map_view.hpp"

namespace replearn::tsne {

/// sum_j p_ij w_ij (y_i - y_j) over the stored pairs of P, for my rows, and the divergence, which needs the same pairs.
///
/// Bound by memory traffic: 8 bytes of P a stored pair (float32 and int32), n k to 2 n k of them over all ranks, stream
/// through once a pass; about (5 q + 3) flops a pair, one of them a division. The other points, 4 q bytes a pair, come
/// from all over the map, which the caches hold. (Rows and points in the order of a Morton curve were tried: nothing
/// gained at 200,000 points, a fifth at a million, less than sorting costs.)
class Attraction {
 public:
  /// p: the true P, never exaggerated.
  explicit Attraction(SparseRows p);

  /// forces: local_rows x q. points: all n x q. Local. Pairs in float32, stretches of 2,048 of a row in float64.
  void pull(const MapView& points, RowMatrixD& forces) const;

  /// KL(P || Q) = sum p_ij log(p_ij / q_ij) in nats, q_ij = w_ij^dof / z. All ranks. Cost: a logarithm a pair.
  double divergence(const mpi::Communicator& comm, const MapView& points, double z, double dof = 1) const;

  /// Of P that a pass reads on this rank.
  double bytes() const { return 8 * static_cast<double>(p_.local_nonzeros()); }

 private:
  template <Index q, class Pairs, class Finish>
  void for_pairs(const MapView& points, Pairs pairs, Finish finish) const;

  SparseRows p_;
  std::vector<double> entropies_, sums_;  // of my rows: -sum_j p_ij log(p_ij) and sum_j p_ij
};

}  // namespace replearn::tsne
