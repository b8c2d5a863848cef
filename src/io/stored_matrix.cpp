#include "io/stored_matrix.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "io/anndata/h5ad_sparse.hpp"
#include "io/sparse_order.hpp"

namespace replearn::io {
namespace {

/// Rows whose offsets are read by one call.
constexpr Index rows_per_read = Index{1} << 16;

}  // namespace

StoredSparseRows::StoredSparseRows(CompressedMatrix matrix, std::string what)
    : matrix_(std::move(matrix)), what_(std::move(what)) {
  if (matrix_.minor() <= std::numeric_limits<std::int32_t>::max()) return;
  matrix_.index_dataset().origin().refuse("the shape has " + std::to_string(matrix_.minor()) + " columns",
                                          "indices may be at most 2^31 - 1: write the file again");
}

Matrix StoredSparseRows::read(Index begin, Index end, Index bytes) const {
  constexpr Index entry = sizeof(float) + sizeof(std::int32_t);
  const bool all = bytes / entry >= matrix_.stored();
  auto offsets = matrix_.offsets(begin, all ? end - begin : std::min(end - begin, rows_per_read));
  const Index first = offsets.front();
  const auto fitting = std::upper_bound(offsets.begin() + 1, offsets.end(), first + bytes / entry);
  const auto count = std::max<Index>(1, fitting - offsets.begin() - 1);
  offsets.resize(static_cast<std::size_t>(count) + 1);
  for (Index& offset : offsets) offset -= first;
  const Index entries = offsets.back();
  SparseRows block{RowPartition(count, 1),
                   0,
                   matrix_.minor(),
                   std::move(offsets),
                   matrix_.indices<std::int32_t>(first, entries),
                   matrix_.values<float>(first, entries)};
  matrix_.require_finite(block.values, first);
  if (const auto twice = sort_columns(block)) {
    throw InputError(matrix_.data().origin().file, what_,
                     "row " + std::to_string(begin + twice->row) + " holds column " + std::to_string(twice->column) +
                         " twice",
                     "in Python: call sum_duplicates() on the matrix and write it again");
  }
  return block;
}

StoredDenseRows::StoredDenseRows(Hdf5Dataset dataset) : dataset_(std::move(dataset)) {
  if (dataset_.shape().extent.size() == 2 && dataset_.shape().is_number()) return;
  dataset_.origin().refuse("is not a matrix of numbers", "write the file again");
}

Matrix StoredDenseRows::read(Index begin, Index end, Index bytes) const {
  const Index row_bytes = std::max<Index>(1, columns() * static_cast<Index>(sizeof(float)));
  const Index count = std::clamp<Index>(bytes / row_bytes, 1, end - begin);
  DistributedMatrix block(RowPartition(count, 1), 0, columns());
  dataset_.read_into(dataset_.rows(begin, count),
                     std::span(block.local.data(), static_cast<std::size_t>(block.local.size())));
  require_finite_rows(dataset_, block.local, begin, false);
  return block;
}

}  // namespace replearn::io
