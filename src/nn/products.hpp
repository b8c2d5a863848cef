#pragma once
#include "nn/batch.hpp"

namespace replearn::nn {

/// Matrix products of batches and weights, compiled here once: Eigen's kernels take seconds to compile wherever a
/// product is written out. Results must not overlap their operands. Local. Cost: 2 flops per term.

/// y = a b.
template <class Scalar>
void product(ConstBatchRef<Scalar> a, ConstBatchRef<Scalar> b, BatchRef<Scalar> y);
/// y += a b.
template <class Scalar>
void add_product(ConstBatchRef<Scalar> a, ConstBatchRef<Scalar> b, BatchRef<Scalar> y);
/// y = a b'.
template <class Scalar>
void product_with_transpose(ConstBatchRef<Scalar> a, ConstBatchRef<Scalar> b, BatchRef<Scalar> y);
/// y += a' b.
template <class Scalar>
void add_transposed_product(ConstBatchRef<Scalar> a, ConstBatchRef<Scalar> b, BatchRef<Scalar> y);

}  // namespace replearn::nn
