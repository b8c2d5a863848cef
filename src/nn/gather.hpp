#pragma once
#include <span>

#include "data/expression_matrix.hpp"
#include "nn/batch.hpp"

namespace replearn::nn {

/// Some of the local rows, in sparse or dense form. Local.
template <class Scalar>
void gather(const Matrix& x, std::span<const Index> rows, SparseBatch<Scalar>& batch);
template <class Scalar>
void gather(const Matrix& x, std::span<const Index> rows, Batch<Scalar>& batch);

}  // namespace replearn::nn
