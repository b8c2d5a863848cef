#pragma once
#include "nn/elementary.hpp"
#include "nn/mlp.hpp"

namespace replearn::nn {

/// phi''(a) as a function of y = phi(a), of tanh and softplus.
template <class Scalar>
Scalar second_derivative(Activation kind, Scalar y) {
  if (kind == Activation::tanh) return -2 * y * (1 - y * y);
  const Scalar below = exponential(-y);  // softplus: phi' = 1 - e^-y, phi'' = phi' (1 - phi')
  return below * (1 - below);
}

template <class Scalar>
const Batch<Scalar>& Mlp<Scalar>::gradient_of_output(const Parameters& parameters, Index row, Index rows) {
  dh_ = parameters.matrix(layers_.back().weight).replicate(rows, 1);
  for (std::size_t k = depth(); k-- > 0;) {
    if (k + 1 < depth()) {
      dh_.resize(rows, width(k));
      layers_[k].backward_input(parameters, d_[k + 1], dh_);
    }
    if (is_smooth()) g_[k] = dh_;
    unit_backward(k, row, dh_, d_[k]);
  }
  bent_row_ = row;
  return d_[0];
}

template <class Scalar>
void Mlp<Scalar>::penalize_gradient(Parameters& parameters, Batch& dpenalty) {
  const Index row = bent_row_, rows = dpenalty.rows();
  Batch& bar_d = dpenalty;
  Batch bar_g;
  for (std::size_t k = 0; k < depth(); ++k) {
    const auto h = hidden_[k].middleRows(row, rows);
    if (has_maxout()) {
      bar_g.resize(rows, width(k));
      maxouts_[k].select(bar_d, bar_g, row);
    } else {
      // Smooth units: term of phi'' for backward(), added to the pre-activation gradient.
      if (is_smooth()) {
        const Activation kind = shape_.activation;
        bent_[k] = bar_d.cwiseProduct(g_[k]).cwiseProduct(
            h.unaryExpr([kind](Scalar y) { return second_derivative(kind, y); }));
      }
      bar_g = bar_d;
      activation_backward<Scalar>(shape_.activation, h, bar_g, static_cast<Scalar>(shape_.slope));
    }

    auto gradient = parameters.gradient(layers_[k].weight);
    if (k + 1 == depth()) {
      add_column_sums<Scalar>(bar_g, gradient);
    } else {
      add_transposed_product<Scalar>(d_[k + 1], bar_g, gradient);
      bar_d.resize(rows, before_unit(k + 1));
      product_with_transpose<Scalar>(bar_g, parameters.matrix(layers_[k].weight), bar_d);
    }
  }
  is_bent_ = is_smooth();
}

}  // namespace replearn::nn
