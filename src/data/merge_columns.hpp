#pragma once
#include "data/expression_matrix.hpp"

namespace replearn {

/// Two matrices of the same rows side by side: the columns of `kept` where the mask is not zero, those of `others` at
/// the other places, each in its order. Sparse if `kept` is. Local.
Matrix merge_columns(const Matrix& kept, const Matrix& others, const std::vector<std::uint8_t>& mask);

}  // namespace replearn
