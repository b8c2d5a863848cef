#pragma once
#include "nn/activation.hpp"
#include "nn/elementary.hpp"

namespace replearn::nn {
namespace detail {

template <class Scalar, class Function>
void each(BatchRef<Scalar>& x, Function f) {
  for (Index i = 0; i < x.rows(); ++i) {
    Scalar* row = x.data() + i * x.outerStride();
    const Index n = x.cols();
#pragma omp simd
    for (Index k = 0; k < n; ++k) row[k] = f(row[k]);
  }
}

template <class Scalar, class Derivative>
void each(const ConstBatchRef<Scalar>& y, BatchRef<Scalar>& dy, Derivative f) {
  for (Index i = 0; i < y.rows(); ++i) {
    const Scalar* value = y.data() + i * y.outerStride();
    Scalar* row = dy.data() + i * dy.outerStride();
    const Index n = y.cols();
#pragma omp simd
    for (Index k = 0; k < n; ++k) row[k] *= f(value[k]);
  }
}

}  // namespace detail

template <class Scalar>
void activate(Activation kind, BatchRef<Scalar> x, Scalar slope) {
  switch (kind) {
    case Activation::identity:
      return;
    case Activation::relu:
      return detail::each(x, [](Scalar v) { return v > 0 ? v : Scalar(0); });
    case Activation::leaky_relu:
      return detail::each(x, [slope](Scalar v) { return v > 0 ? v : slope * v; });
    case Activation::tanh:
      return detail::each(x, [](Scalar v) { return hyperbolic_tangent(v); });
    case Activation::sigmoid:
      return detail::each(x, [](Scalar v) { return sigmoid(v); });
    case Activation::softplus:
      return detail::each(x, [](Scalar v) { return softplus(v); });
  }
}

template <class Scalar>
void add_bias_and_activate(Activation kind, ConstBatchRef<Scalar> bias, BatchRef<Scalar> x, Scalar slope) {
  if (kind != Activation::relu) {
    x.rowwise() += bias.row(0);
    return activate<Scalar>(kind, x, slope);
  }
  const Scalar* b = bias.data();
  for (Index i = 0; i < x.rows(); ++i) {
    Scalar* row = x.data() + i * x.outerStride();
    const Index n = x.cols();
#pragma omp simd
    for (Index k = 0; k < n; ++k) {
      const Scalar v = row[k] + b[k];
      row[k] = v > 0 ? v : Scalar(0);
    }
  }
}

template <class Scalar>
void activation_backward(Activation kind, ConstBatchRef<Scalar> y, BatchRef<Scalar> dy, Scalar slope) {
  switch (kind) {
    case Activation::identity:
      return;
    case Activation::relu:
      return detail::each(y, dy, [](Scalar v) { return v > 0 ? Scalar(1) : Scalar(0); });
    case Activation::leaky_relu:
      return detail::each(y, dy, [slope](Scalar v) { return v > 0 ? Scalar(1) : slope; });
    case Activation::tanh:
      return detail::each(y, dy, [](Scalar v) { return 1 - v * v; });
    case Activation::sigmoid:
      return detail::each(y, dy, [](Scalar v) { return v * (1 - v); });
    case Activation::softplus:
      return detail::each(y, dy, [](Scalar v) { return 1 - exponential(-v); });
  }
}

}  // namespace replearn::nn
