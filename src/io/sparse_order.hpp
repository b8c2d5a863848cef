#pragma once
#include <optional>

#include "data/sparse_rows.hpp"

namespace replearn::io {

/// A duplicate entry: global row, column.
struct DuplicateEntry {
  Index row, column;
};

/// Sorts each row's entries by column, as SparseRows requires. Returns the first duplicate entry, if any. Local; O(nnz)
/// if already sorted.
std::optional<DuplicateEntry> sort_columns(SparseRows& sparse);

/// Like sort_rows, but sums duplicates (in float64, in ascending order of the values, so the result does not depend on
/// their order). Returns the number of merged entries and the first duplicate. Local.
struct SummedEntries {
  Index count = 0;
  DuplicateEntry first{};
};
SummedEntries sort_and_sum_columns(SparseRows& sparse);

}  // namespace replearn::io
