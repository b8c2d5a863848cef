#pragma once
#include <vector>

#include "data/row_blocks.hpp"

namespace replearn {

/// Transform applied before computing statistics: none, or exp(value) - 1 (float32), the inverse of log1p.
enum class Transform { none, expm1 };

/// One entry per column, identical on every rank.
struct ColumnSums {
  std::vector<double> sum;
  std::vector<Index> nonzeros;  ///< number of nonzero values
};

/// Values included in a column's moments: all, including implicit zeros of a sparse matrix; stored values that are not
/// NaN; or nonzero values.
enum class Counted { all, not_nan, not_zero };

/// One entry per column, identical on every rank.
struct ColumnMoments {
  std::vector<double> mean;
  std::vector<double> variance;  ///< divided by count - 1; 0 for fewer than two values; exactly 0 for a constant column
  std::vector<Index> count;      ///< number of included values
  std::vector<std::uint8_t> full;  ///< whether a value is stored for every row, always true for a dense matrix
};

/// Column sums in float64 per block, combined by mpi::reproducible_sum: bitwise identical on any number of ranks.
/// Non-finite values make the sum of their column NaN. Collective. Cost: one pass over the local values; 12 m bytes in
/// two reductions for the sums, 8 m for the counts. Memory for the partial sums is limited to 64 MB by processing the
/// columns in stripes.
ColumnSums column_sums(const mpi::Communicator& comm, const Matrix& matrix, Transform transform = Transform::none);

/// The number of nonzero values of each column, identical on every rank. Collective; one pass over the local values.
std::vector<Index> column_nonzeros(const mpi::Communicator& comm, const Matrix& matrix);

/// Mean and variance of each column, accurate for any offset: the first pass sums differences from the first value of
/// the column, the second the deviations from the mean and their squares, which corrects the rounding error of the mean
/// (Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance", eq. 1.7). A small variance beside a
/// large mean keeps its precision, and a constant column has variance exactly 0. Implicit zeros of a sparse matrix
/// contribute (n - stored) mean^2. Used by PCA, ppca, scaling and highly variable genes. Bitwise identical on any
/// number of ranks; sparse and dense results agree to float64 rounding. Collective. Cost: three passes over the local
/// values; 44 m bytes in seven reductions.
ColumnMoments column_moments(const mpi::Communicator& comm, const Matrix& matrix, Transform transform = Transform::none,
                             Counted counted = Counted::all);

/// The same of sparse rows, wherever they are stored, from exact sums (ExactSums): no digit depends on how the rows are
/// divided into blocks or ranks. Throws InputError naming the row and column (from 0) of a value that is not finite.
/// Collective. Cost: two passes over the rows; 56 bytes per column in three reductions.
ColumnMoments sparse_column_moments(const mpi::Communicator& comm, const RowBlocks& rows);

}  // namespace replearn
