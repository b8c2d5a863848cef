#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "base/index.hpp"

namespace replearn::nn {

/// A batch: one row per example, one column per unit. Row-major. Scalar is float in training; the gradient checks of
/// the tests run the same code in double.
template <class Scalar>
using Batch = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Views of a batch, or of some of its leading rows or columns. A const view binds to any expression of that shape.
template <class Scalar>
using BatchRef = Eigen::Ref<Batch<Scalar>, 0, Eigen::OuterStride<>>;
template <class Scalar>
using ConstBatchRef = Eigen::Ref<const Batch<Scalar>, 0, Eigen::OuterStride<>>;

/// Start of a row.
template <class Scalar>
const Scalar* row_of(const ConstBatchRef<Scalar>& batch, Index i) {
  return batch.data() + i * batch.outerStride();
}
template <class Scalar>
Scalar* row_of(BatchRef<Scalar>& batch, Index i) {
  return batch.data() + i * batch.outerStride();
}

/// A sparse batch (CSR).
template <class Scalar>
struct SparseBatch {
  Index columns = 0;
  std::vector<Index> offsets{0};      ///< rows + 1
  std::vector<std::int32_t> indices;  ///< ascending within a row
  std::vector<Scalar> values;

  Index rows() const { return static_cast<Index>(offsets.size()) - 1; }
  Index begin(Index row) const { return offsets[row]; }
  Index end(Index row) const { return offsets[static_cast<std::size_t>(row) + 1]; }
};

}  // namespace replearn::nn
