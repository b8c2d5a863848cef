#pragma once
#include "data/distributed_matrix.hpp"
#include "methods/tsne/map_view.hpp"

/// The gradient of KL(P || Q) at a map y (van der Maaten 2014, "Accelerating t-SNE using tree-based algorithms",
/// eq. 5 to 8), w_ij = 1 / (1 + |y_i - y_j|^2), q_ij = w_ij / Z, Z = sum_{k != l} w_kl:
///
///     1/4 dKL/dy_i = sum_j p_ij w_ij (y_i - y_j)  -  1/Z sum_j w_ij^2 (y_i - y_j)
///                  =       attraction             -      repulsion
///
/// Any degrees of freedom a instead of 1 (Kobak, Linderman, Steinerberger, Kluger and Berens 2019, "Heavy-tailed
/// kernels reveal a finer cluster structure in t-SNE visualizations"; openTSNE's and FIt-SNE's dof): w_ij(a) = (1 + d^2
/// / a)^-a, and with u = 1 / (1 + d^2 / a)
///
///     1/4 dKL/dy_i = sum_j p_ij u_ij (y_i - y_j)  -  1/Z sum_j u_ij^(a + 1) (y_i - y_j),      Z = sum u^a
///
/// Everything here is handed the map in units of sqrt(a), where u = 1 / (1 + d^2) again; forces come out in them too.
///
/// The factor 4 is left to the learning rate, as in openTSNE, FIt-SNE and bhtsne (scikit-learn keeps it: a learning
/// rate there is 4 times as strong).
namespace replearn::tsne {

/// sum_j u_ij^(dof + 1) (y_i - y_j) for my rows, not yet divided by Z.
struct Repulsion {
  RowMatrixD forces;  ///< local_rows x q
  double z = 0;       ///< of all pairs, on every rank
};
/// Over all pairs, the twin of the fast ones. points: all n x q. All ranks. Pairs in float32, sums over stretches of
/// 512 points in float64. Cost: (4 q + 6) n^2 / p flops, one of six of them a division, some 50 more if dof is not 1;
/// 12 bytes sent in 2 reductions.
Repulsion repulsion(const mpi::Communicator& comm, const RowPartition& partition, const MapView& points,
                    double dof = 1);

}  // namespace replearn::tsne
