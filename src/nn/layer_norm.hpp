#pragma once
#include "nn/parameters.hpp"

namespace replearn::nn {

/// Layer normalization (Ba et al. 2016): normalizes each row by its own mean and variance over the units, without
/// communication:
///
///     h = (x - mean x) / sqrt(var x + epsilon),   y = gamma h + beta,
///     dL/dx = (g - mean g - h mean(g h)) / sqrt(var x + epsilon),   g = gamma dy,   means over the units.
///
/// Local.
template <class Scalar>
class LayerNorm {
 public:
  LayerNorm() = default;
  LayerNorm(Parameters<Scalar>& parameters, const std::string& name, Index units, double epsilon = 1e-5);
  Slice gamma, beta;
  Slice whole() const { return {gamma.offset, 1, gamma.size() + beta.size()}; }

  /// Stores h for backward. x and y may alias.
  void forward(const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, BatchRef<Scalar> y);
  /// dy becomes dx; gradients are added.
  void backward(Parameters<Scalar>& parameters, BatchRef<Scalar> dy) const;

 private:
  double epsilon_ = 1e-5;
  Batch<Scalar> normalized_;
  Eigen::Array<Scalar, Eigen::Dynamic, 1> inverse_deviation_;
};

}  // namespace replearn::nn
