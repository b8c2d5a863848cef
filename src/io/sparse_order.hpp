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

}  // namespace replearn::io
