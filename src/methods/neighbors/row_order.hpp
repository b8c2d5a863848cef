#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::neighbors {

/// An order of rows in which near rows are close together: recursive halving along the direction of largest spread,
/// down to groups of `group` rows (each boundary is a multiple of it). order[i]: the i-th row. Local.
///
/// The direction comes from a few steps of power iteration on up to 512 of the rows, since an estimate suffices.
/// Cost: about 4 columns flops per row for each of log2(rows / group) levels. The order affects speed alone, not the
/// result of a search.
std::vector<Index> row_order(const RowMatrix& rows, Index group);

}  // namespace replearn::neighbors
