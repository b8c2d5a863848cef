#pragma once
#include "nn/parameters.hpp"
#include "nn/products.hpp"

namespace replearn::nn {

/// Adds the sums over rows, in row order, to a 1 x columns array. Local.
template <class Scalar>
void add_column_sums(ConstBatchRef<Scalar> x, BatchRef<Scalar> sums) {
  Scalar* sum = sums.data();
  const Index n = x.cols();
  for (Index i = 0; i < x.rows(); ++i) {
    const Scalar* row = x.data() + i * x.outerStride();
#pragma omp simd
    for (Index k = 0; k < n; ++k) sum[k] += row[k];
  }
}

/// y = x W' + b; W: outputs x inputs, b: 1 x outputs. The chain rule, for a loss L with dy = dL/dy:
///
///     dL/dW = dy' x,    dL/db = sum over rows of dy,    dL/dx = dy W.
///
/// Gradients are accumulated in the flat array, so that a batch may be processed in parts. Local. Cost for B rows: 2 B
/// inputs outputs flops in forward and for each of the two products in backward.
template <class Scalar>
struct Linear {
  Slice weight, bias;  ///< bias.rows = 0: none

  Linear() = default;
  Linear(Parameters<Scalar>& parameters, const std::string& name, Index inputs, Index outputs, bool with_bias = true)
      : weight(parameters.add(name + ".weight", outputs, inputs)) {
    if (with_bias) bias = parameters.add(name + ".bias", 1, outputs);
  }
  Index inputs() const { return weight.columns; }
  Index outputs() const { return weight.rows; }
  /// The slice of the flat array completed by backward_parameters.
  Slice whole() const { return {weight.offset, 1, weight.size() + bias.size()}; }

  void forward(const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, BatchRef<Scalar> y) const {
    product_with_transpose<Scalar>(x, parameters.matrix(weight), y);
    if (bias.rows > 0) y.rowwise() += parameters.matrix(bias).row(0);
  }
  void backward_parameters(Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, ConstBatchRef<Scalar> dy) const {
    add_transposed_product<Scalar>(dy, x, parameters.gradient(weight));
    if (bias.rows > 0) add_column_sums<Scalar>(dy, parameters.gradient(bias));
  }
  void backward_input(const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> dy, BatchRef<Scalar> dx) const {
    product<Scalar>(dy, parameters.matrix(weight), dx);
  }
};

}  // namespace replearn::nn
