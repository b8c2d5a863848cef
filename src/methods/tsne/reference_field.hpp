#pragma once
#include "data/distributed_matrix.hpp"
#include "methods/tsne/map_columns.hpp"

namespace replearn::tsne {

/// Normalization and repulsion that the fixed points of a map exert at any position, u = 1 / (1 + |y - y_j|^2), a
/// degrees of freedom; all in units of sqrt(a), see gradient.hpp:
///
///     Z(y) = sum_j u^a,     F(y) = sum_j u^(a + 1) (y - y_j)
///
/// In 1 or 2 dimensions, if there are many queries, both are tabulated once at the nodes of a grid 0.2 apart (closer if
/// a > 1, whose kernel is narrower) and read by Lagrange interpolation through 6 nodes per direction: relative error
/// about 1e-4. The values at the nodes are exact sums. Without a table, and outside its grid, the sums run over all
/// reference points.
class ReferenceField {
 public:
  /// reference: all N x q, the same on every rank, finite. queries: total number over all ranks. All ranks. Cost of a
  /// table of M nodes: (4 q + 6) N M / p flops, 16 M bytes gathered and kept.
  ReferenceField(const mpi::Communicator& comm, const RowMatrix& reference, double queries, double dof = 1);

  /// Writes F to force[0..q) and returns Z. Local. Cost: about 36 * 8 flops, or (4 q + 6) N without a table.
  double at(const float* y, double* force) const;
  bool tabulated() const { return nodes_ > 0; }

 private:
  template <bool any_dof>
  double sum_over_points_with(const float* y, double* force) const;
  double sum_over_points(const float* y, double* force) const;
  bool locate(const float* y, Index* node, float (*weights)[6]) const;
  void tabulate(const mpi::Communicator& comm);

  Index q_, points_;
  double dof_;
  float spacing_;
  MapColumns map_;
  std::vector<float> low_;    // coordinates of the first node
  Index nodes_ = 0;           // nodes per side; 0: no table
  std::vector<float> table_;  // Z and F of each node, padded to 4 values
};

}  // namespace replearn::tsne
