#pragma once
#include "data/distributed_matrix.hpp"
#include "methods/harmony/groups.hpp"
#include "methods/harmony/soft_clusters.hpp"

namespace replearn::harmony {

/// The ridge correction of Harmony (Korsunsky et al. 2019, equations 8 to 11). In each cluster the original points z are
/// regressed on the levels of their batches with weights R; what the levels explain, but not the intercept, is taken away:
///
///     W_k = (Phi diag(R_k) Phi' + lambda I)^-1 Phi diag(R_k) Z,    z_i <- z_i - sum_k R_ik sum_(levels b of i) W_kb
///
/// z: the original points. All ranks; equal to the bit on any number of them. Cost: 4 n K d flops, shared; one
/// reduction of 8 K d bytes per group; K systems of as many equations as levels, on every rank.
DistributedMatrix correct(const mpi::Communicator& comm, const DistributedMatrix& z, const SoftClusters& clusters,
                          const Groups& groups, double lambda);

}  // namespace replearn::harmony
