#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "base/index.hpp"

namespace replearn::nn {

/// A batch: a row an example, a column a unit. Row-major. Scalar is float in training; the gradient checks of the tests
/// run the very same code in double.
template <class Scalar>
using Batch = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Views of one, or of some of its leading rows or columns. A const one binds to any expression of that shape.
template <class Scalar>
using BatchRef = Eigen::Ref<Batch<Scalar>, 0, Eigen::OuterStride<>>;
template <class Scalar>
using ConstBatchRef = Eigen::Ref<const Batch<Scalar>, 0, Eigen::OuterStride<>>;

/// Where a row begins.
template <class Scalar>
const Scalar* row_of(const ConstBatchRef<Scalar>& batch, Index i) {
  return batch.data() + i * batch.outerStride();
}
template <class Scalar>
Scalar* row_of(BatchRef<Scalar>& batch, Index i) {
  return batch.data() + i * batch.outerStride();
}

/// A batch of rows that are mostly zeros (CSR).
template <class Scalar>
struct SparseBatch {
  Index columns = 0;
  std::vector<Index> offsets{0};      ///< rows + 1
  std::vector<std::int32_t> indices;  ///< ascending in a row
  std::vector<Scalar> values;

  Index rows() const { return static_cast<Index>(offsets.size()) - 1; }
  Index begin(Index row) const { return offsets[static_cast<std::size_t>(row)]; }
  Index end(Index row) const { return offsets[static_cast<std::size_t>(row) + 1]; }
};

}  // namespace replearn::nn
