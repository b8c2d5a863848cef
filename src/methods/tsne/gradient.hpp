#pragma once
#include "data/distributed_matrix.hpp"
#include "methods/tsne/map_view.hpp"

/// The gradient of KL(P || Q) at a map y (van der Maaten 2014, "Accelerating t-SNE using tree-based algorithms", eq. 5
/// to 8), w_ij = 1 / (1 + |y_i - y_j|^2), q_ij = w_ij / Z, Z = sum_{k != l} w_kl:
///
///     1/4 dKL/dy_i = sum_j p_ij w_ij (y_i - y_j)  -  1/Z sum_j w_ij^2 (y_i - y_j)
///                  =       attraction             -      repulsion
///
/// With a degrees of freedom instead of 1 (Kobak, Linderman, Steinerberger, Kluger and Berens 2019, "Heavy-tailed
/// kernels reveal a finer cluster structure in t-SNE visualizations"; `dof` in openTSNE and FIt-SNE): w_ij(a) = (1 +
/// d^2 / a)^-a, and with u = 1 / (1 + d^2 / a)
///
///     1/4 dKL/dy_i = sum_j p_ij u_ij (y_i - y_j)  -  1/Z sum_j u_ij^(a + 1) (y_i - y_j),      Z = sum u^a
///
/// All functions here take the map in units of sqrt(a), in which u = 1 / (1 + d^2) again, and return forces in the same
/// units.
///
/// The factor 4 is absorbed in the learning rate, as in openTSNE, FIt-SNE and bhtsne (scikit-learn keeps it, so a
/// learning rate there acts 4 times as strongly).
namespace replearn::tsne {

/// sum_j u_ij^(dof + 1) (y_i - y_j) for the local rows, not yet divided by Z.
struct Repulsion {
  RowMatrixD forces;  ///< local_rows x q
  double z = 0;       ///< over all pairs, the same on every rank
};
/// Exact repulsion over all pairs, the reference for the fast methods. points: all n x q. All ranks. Pairs in float32,
/// partial sums over 512 points in float64.
/// Cost: (4 q + 6) n^2 / p flops, one in six of them a division, and about 50 more per pair if dof is not 1; 12 bytes
/// sent in 2 reductions.
Repulsion repulsion(const mpi::Communicator& comm, const RowPartition& partition, const MapView& points,
                    double dof = 1);

}  // namespace replearn::tsne
