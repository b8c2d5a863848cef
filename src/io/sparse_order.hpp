#pragma once
#include <optional>

#include "data/sparse_rows.hpp"

namespace replearn::io {

/// A place that holds two values: global row, column.
struct DuplicateEntry {
  Index row, column;
};

/// Brings each row's entries into ascending order of columns, as SparseRows demands. Returns the first place that is
/// stored twice, if there is one. Local; O(nnz) if they ascend already.
std::optional<DuplicateEntry> sort_columns(SparseRows& sparse);

/// The same, where a place that holds several values holds their sum (in float64, in ascending order of the values: it
/// does not hang on the order they came in). Returns how many entries went into others, and the first such place.
/// Local.
struct SummedEntries {
  Index count = 0;
  DuplicateEntry first{};
};
SummedEntries sort_and_sum_columns(SparseRows& sparse);

}  // namespace replearn::io
