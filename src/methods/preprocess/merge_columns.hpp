#pragma once
#include "data/expression_matrix.hpp"

namespace replearn {

/// Interleaves the columns of two matrices with the same rows: columns of `kept` where the mask is nonzero, columns of
/// `others` elsewhere, each in order. Sparse if `kept` is. Local.
Matrix merge_columns(const Matrix& kept, const Matrix& others, const std::vector<std::uint8_t>& mask);

}  // namespace replearn
