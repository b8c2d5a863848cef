#pragma once
#include <Eigen/Core>

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

}  // namespace replearn::nn
