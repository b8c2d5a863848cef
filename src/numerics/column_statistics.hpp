#pragma once
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn {

/// What a column's statistics are taken of: the stored values, or exp(value) - 1 of each (float32), which undoes log1p.
enum class Transform { none, expm1 };

/// One entry a column, the same on every rank.
struct ColumnSums {
  std::vector<double> sum;
  std::vector<Index> nonzeros;  ///< rows whose value is not zero
};

/// One entry a column, the same on every rank.
struct ColumnMoments {
  std::vector<double> mean;
  std::vector<double> variance;  ///< divided by n - 1; 0 for a single row; exactly 0 for a constant column
};

/// Sums in float64, block after block through mpi::reproducible_sum: equal to the bit on any number of ranks.
/// Non-finite values make their column's sum NaN. Collective.
/// Cost: one pass over my values; 12 m bytes in two reductions for the sums, 8 m for the counts. Room for the partials
/// of the blocks is bounded at 64 MB by taking the columns in stripes.
ColumnSums column_sums(const mpi::Communicator& comm, const Matrix& matrix, Transform transform = Transform::none);

/// Mean and variance in two passes (the second sums squared deviations from the mean), so that a small variance beside
/// a large mean keeps its digits. The zeros that a sparse matrix does not store enter as (n - stored) mean^2.
/// Equal to the bit on any number of ranks; sparse and dense agree to float64 rounding. Collective.
/// Cost: two passes over my values, 3 flops each in the second; 32 m bytes in five reductions.
ColumnMoments column_moments(const mpi::Communicator& comm, const Matrix& matrix,
                             Transform transform = Transform::none);

}  // namespace replearn
