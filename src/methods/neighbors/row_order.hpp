#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::neighbors {

/// An order of rows in which near ones stand together: halved across the direction in which they spread most, and so
/// on, down to groups of `group` rows (each boundary is at a multiple of it). order[i]: the row that comes i-th. Local.
///
/// The direction is that of a few steps of the power iteration on up to 512 of the rows: a guess is enough.
/// Cost: about 4 columns flops a row for each of log2(rows / group) levels.
/// It is for speed alone: what is searched in this order finds the same.
std::vector<Index> row_order(const RowMatrix& rows, Index group);

}  // namespace replearn::neighbors
