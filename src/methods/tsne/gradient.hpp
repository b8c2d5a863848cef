#pragma once
#include "data/distributed_matrix.hpp"

/// The gradient of KL(P || Q) at a map y (van der Maaten 2014, "Accelerating t-SNE using tree-based algorithms",
/// eq. 5 to 8), w_ij = 1 / (1 + |y_i - y_j|^2), q_ij = w_ij / Z, Z = sum_{k != l} w_kl:
///
///     1/4 dKL/dy_i = sum_j p_ij w_ij (y_i - y_j)  -  1/Z sum_j w_ij^2 (y_i - y_j)
///                  =       attraction             -      repulsion
///
/// The factor 4 is left to the learning rate, as in openTSNE, FIt-SNE and bhtsne (scikit-learn keeps it: a learning
/// rate there is 4 times as strong).
namespace replearn::tsne {

/// sum_j w_ij^2 (y_i - y_j) for my rows, not yet divided by Z.
struct Repulsion {
  RowMatrixD forces;  ///< local_rows x q
  double z = 0;       ///< of all pairs, on every rank
};
/// Over all pairs, the twin of the fast ones. points: all n x q. All ranks. Pairs in float32, sums over stretches of
/// 512 points in float64. Cost: (4 q + 6) n^2 / p flops, one of six of them a division; 12 bytes sent in 2 reductions.
Repulsion repulsion(const mpi::Communicator& comm, const RowPartition& partition, const RowMatrix& points);

}  // namespace replearn::tsne
