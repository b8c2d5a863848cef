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

/// Which values a column's moments are taken of: all, with the zeros that a sparse matrix does not store; those that
/// are not NaN, of what is stored; or those that are not zero.
enum class Counted { all, not_nan, not_zero };

/// One entry per column, the same on every rank.
struct ColumnMoments {
  std::vector<double> mean;
  std::vector<double> variance;    ///< divided by count - 1; 0 for one value or none; exactly 0 for a constant column
  std::vector<Index> count;        ///< values that were counted
  std::vector<std::uint8_t> full;  ///< whether a value is stored for every row, as always in a dense matrix
};

/// Sums in float64, block after block through mpi::reproducible_sum: equal to the bit on any number of ranks.
/// Non-finite values make their column's sum NaN. Collective.
/// Cost: one pass over my values; 12 m bytes in two reductions for the sums, 8 m for the counts. Room for the partials
/// of the blocks is bounded at 64 MB by taking the columns in stripes.
ColumnSums column_sums(const mpi::Communicator& comm, const Matrix& matrix, Transform transform = Transform::none);

/// Mean and variance of each column, whatever its offset: the first pass sums what values are above the column's first
/// one, the second the deviations from the mean and their squares, which corrects what rounding left of the mean (Chan,
/// Golub and LeVeque 1983, "Algorithms for computing the sample variance", eq. 1.7). A small variance beside a large
/// mean keeps its digits, and a constant column has variance 0 exactly. The zeros that a sparse matrix does not store
/// enter as (n - stored) mean^2. The one routine for moments: PCA, ppca, scaling and highly variable genes take these.
/// Equal to the bit on any number of ranks; sparse and dense agree to float64 rounding. Collective.
/// Cost: three passes over my values; 44 m bytes in seven reductions.
ColumnMoments column_moments(const mpi::Communicator& comm, const Matrix& matrix, Transform transform = Transform::none,
                             Counted counted = Counted::all);

}  // namespace replearn
