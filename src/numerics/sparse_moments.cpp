#include <algorithm>
#include <cmath>

#include "mpi/collectives.hpp"
#include "numerics/column_statistics.hpp"
#include "numerics/exact_sums.hpp"
#include "numerics/matrix_values.hpp"
#include "numerics/require_finite.hpp"

namespace replearn {
namespace {

/// Of each column, over all ranks.
struct StoredValues {
  std::vector<Index> count;
  std::vector<double> largest;  ///< magnitude
};

StoredValues stored_values(const mpi::Communicator& comm, const RowBlocks& rows) {
  const auto m = static_cast<std::size_t>(rows.columns());
  const Index first_row = rows.partition().begin(comm.rank());
  StoredValues stored{std::vector<Index>(m, 0), std::vector<double>(m, 0.0)};
  visit(comm, rows, [&](Index first, const Matrix& block) {
    for_each_value(block, [&](Index i, Index j, float value) {
      const double magnitude = std::abs(static_cast<double>(value));
      if (!std::isfinite(magnitude)) refuse_value(first_row + first + i, j);
      const auto column = static_cast<std::size_t>(j);
      ++stored.count[column];
      stored.largest[column] = std::max(stored.largest[column], magnitude);
    });
  });
  mpi::all_reduce(comm, std::span<Index>(stored.count), mpi::Reduction::sum);
  mpi::all_reduce(comm, std::span<double>(stored.largest), mpi::Reduction::max);
  return stored;
}

}  // namespace

ColumnMoments sparse_column_moments(const mpi::Communicator& comm, const RowBlocks& rows) {
  const Index n = rows.rows();
  auto stored = stored_values(comm, rows);
  for (double& bound : stored.largest) {
    if (bound == 0) bound = 1;
  }
  ExactSums sums(stored.largest, std::max<Index>(1, n));
  visit(comm, rows, [&](Index, const Matrix& block) {
    for_each_value(block, [&](Index, Index j, float value) { sums.add(j, value); });
  });
  sums.reduce(comm);
  ColumnMoments moments;
  for (Index j = 0; j < rows.columns(); ++j) {
    moments.mean.push_back(n > 0 ? sums.sum(j) / static_cast<double>(n) : 0.0);
    moments.variance.push_back(n > 1 ? sums.squared_deviations(j, n) / static_cast<double>(n - 1) : 0.0);
    moments.count.push_back(n);
    moments.full.push_back(stored.count[static_cast<std::size_t>(j)] == n);
  }
  return moments;
}

}  // namespace replearn
