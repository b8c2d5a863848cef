#pragma once
#include "data/distributed_matrix.hpp"

/// Sums over all pairs of the SNE map, e_ij = exp(-|y_i - y_j|^2). For outlying points these sums underflow float32, so
/// they are kept relative to the term of the nearest point, the largest one.
namespace replearn::tsne {

/// For each local row: sum_{j != i} e_ij = exp(-nearest) * exp(log_sum).
struct GaussianSums {
  std::vector<float> nearest;   ///< smallest |y_i - y_j|^2
  std::vector<float> log_sums;  ///< between 0 and log(n - 1)
};
/// points: all n x q. Local. Cost: (3 q + 20) n^2 / p flops.
GaussianSums gaussian_sums(const RowPartition& partition, int rank, const RowMatrix& points);

/// sum_j (q_{j|i} + q_{i|j}) (y_i - y_j) for the local rows, q_{j|i} = e_ij / sum_k e_ik. sums: for all rows. Local.
/// Cost: (6 q + 35) n^2 / p flops. Pairs in float32, partial sums over 512 pairs in float64.
RowMatrixD gaussian_repulsion(const RowPartition& partition, int rank, const RowMatrix& points,
                              const GaussianSums& sums);

}  // namespace replearn::tsne
