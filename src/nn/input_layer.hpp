#pragma once
#include <algorithm>

#include "nn/linear.hpp"

namespace replearn::nn {

/// The first layer of a network over rows that are mostly zeros: y = x W + b, W: inputs x outputs, the other way round
/// than in Linear, so that an input's weights lie together and only those of inputs that are not zero are touched:
/// 2 outputs flops for each of them forward, as many for the gradient dL/dW = x' dy. There is no gradient by x, which
/// is data. Dense rows go through a matrix product. Local.
template <class Scalar>
struct InputLayer {
  Slice weight, bias;

  InputLayer() = default;
  InputLayer(Parameters<Scalar>& parameters, const std::string& name, Index inputs, Index outputs)
      : weight(parameters.add(name + ".weight", inputs, outputs)), bias(parameters.add(name + ".bias", 1, outputs)) {}
  Index inputs() const { return weight.rows; }
  Index outputs() const { return weight.columns; }
  Slice whole() const { return {weight.offset, 1, weight.size() + bias.size()}; }

  void forward(const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, BatchRef<Scalar> y) const {
    y.noalias() = x * parameters.matrix(weight);
    y.rowwise() += parameters.matrix(bias).row(0);
  }
  void forward(const Parameters<Scalar>& parameters, const SparseBatch<Scalar>& x, BatchRef<Scalar> y) const {
    constexpr Index together = 256 / static_cast<Index>(sizeof(Scalar));  // of the outputs, kept in registers
    const Scalar *w = parameters.matrix(weight).data(), *b = parameters.matrix(bias).data();
    const Index n = outputs();
    for (Index i = 0; i < x.rows(); ++i) {
      Scalar* row = row_of(y, i);
      Index k = 0;
      for (; k + together <= n; k += together) {
        Scalar sums[together];
        std::copy(b + k, b + k + together, sums);
        for (Index at = x.begin(i); at < x.end(i); ++at) {
          const Scalar value = x.values[static_cast<std::size_t>(at)];
          const Scalar* from = w + Index{x.indices[static_cast<std::size_t>(at)]} * n + k;
#pragma omp simd
          for (Index t = 0; t < together; ++t) sums[t] += value * from[t];
        }
        std::copy(sums, sums + together, row + k);
      }
      if (k == n) continue;
      std::copy(b + k, b + n, row + k);
      for (Index at = x.begin(i); at < x.end(i); ++at) {
        const Scalar value = x.values[static_cast<std::size_t>(at)];
        const Scalar* from = w + Index{x.indices[static_cast<std::size_t>(at)]} * n;
#pragma omp simd
        for (Index t = k; t < n; ++t) row[t] += value * from[t];
      }
    }
  }

  void backward_parameters(Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, ConstBatchRef<Scalar> dy) const {
    parameters.gradient(weight).noalias() += x.transpose() * dy;
    add_column_sums<Scalar>(dy, parameters.gradient(bias));
  }
  void backward_parameters(Parameters<Scalar>& parameters, const SparseBatch<Scalar>& x,
                           ConstBatchRef<Scalar> dy) const {
    Scalar* dw = parameters.gradient(weight).data();
    const Index n = outputs();
    for (Index i = 0; i < x.rows(); ++i) {
      const Scalar* row = row_of(dy, i);
      for (Index at = x.begin(i); at < x.end(i); ++at) {
        const Scalar value = x.values[static_cast<std::size_t>(at)];
        Scalar* to = dw + Index{x.indices[static_cast<std::size_t>(at)]} * n;
#pragma omp simd
        for (Index t = 0; t < n; ++t) to[t] += value * row[t];
      }
    }
    add_column_sums<Scalar>(dy, parameters.gradient(bias));
  }
};

}  // namespace replearn::nn
