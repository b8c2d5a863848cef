#pragma once
#include "nn/products.hpp"

namespace replearn::nn {

template <class Scalar>
void product(ConstBatchRef<Scalar> a, ConstBatchRef<Scalar> b, BatchRef<Scalar> y) {
  y.noalias() = a * b;
}

template <class Scalar>
void add_product(ConstBatchRef<Scalar> a, ConstBatchRef<Scalar> b, BatchRef<Scalar> y) {
  y.noalias() += a * b;
}

template <class Scalar>
void product_with_transpose(ConstBatchRef<Scalar> a, ConstBatchRef<Scalar> b, BatchRef<Scalar> y) {
  y.noalias() = a * b.transpose();
}

template <class Scalar>
void add_transposed_product(ConstBatchRef<Scalar> a, ConstBatchRef<Scalar> b, BatchRef<Scalar> y) {
  y.noalias() += a.transpose() * b;
}

}  // namespace replearn::nn
