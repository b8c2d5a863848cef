#pragma once
#include "data/distributed_matrix.hpp"

/// What the map of SNE needs of all its pairs, e_ij = exp(-|y_i - y_j|^2). Far-off points make these sums so small that
/// float32 has no number for them; they are kept relative to the nearest point's term, which is the largest.
namespace replearn::tsne {

/// For my rows: sum_{j != i} e_ij = exp(-nearest) * exp(log_sum).
struct GaussianSums {
  std::vector<float> nearest;   ///< least |y_i - y_j|^2
  std::vector<float> log_sums;  ///< from 0 to log(n - 1)
};
/// points: all n x q. Local. Cost: (3 q + 20) n^2 / p flops.
GaussianSums gaussian_sums(const RowPartition& partition, int rank, const RowMatrix& points);

/// sum_j (q_{j|i} + q_{i|j}) (y_i - y_j) for my rows, q_{j|i} = e_ij / sum_k e_ik. sums: of all rows. Local.
/// Cost: (6 q + 35) n^2 / p flops. Pairs in float32, stretches of 512 of them in float64.
RowMatrixD gaussian_repulsion(const RowPartition& partition, int rank, const RowMatrix& points,
                              const GaussianSums& sums);

}  // namespace replearn::tsne
