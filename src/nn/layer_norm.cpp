#include "nn/layer_norm.hpp"

#include <cmath>

namespace replearn::nn {

template <class Scalar>
LayerNorm<Scalar>::LayerNorm(Parameters<Scalar>& parameters, const std::string& name, Index units, double epsilon)
    : gamma(parameters.add(name + ".gamma", 1, units)),
      beta(parameters.add(name + ".beta", 1, units)),
      epsilon_(epsilon) {
  parameters.matrix(gamma).setOnes();
}

template <class Scalar>
void LayerNorm<Scalar>::forward(const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, BatchRef<Scalar> y) {
  normalized_ = x;
  inverse_deviation_.resize(x.rows());
  for (Index i = 0; i < x.rows(); ++i) {
    auto row = normalized_.row(i).array();
    row -= row.mean();
    const double variance = static_cast<double>(row.square().mean());
    inverse_deviation_(i) = static_cast<Scalar>(1 / std::sqrt(variance + epsilon_));
    row *= inverse_deviation_(i);
    y.row(i).array() = row * parameters.matrix(gamma).row(0).array() + parameters.matrix(beta).row(0).array();
  }
}

template <class Scalar>
void LayerNorm<Scalar>::backward(Parameters<Scalar>& parameters, BatchRef<Scalar> dy) const {
  const auto scale = parameters.matrix(gamma).row(0).array();
  for (Index i = 0; i < dy.rows(); ++i) {
    auto row = dy.row(i).array();
    const auto h = normalized_.row(i).array();
    parameters.gradient(beta).row(0).array() += row;
    parameters.gradient(gamma).row(0).array() += row * h;
    row *= scale;
    const Scalar mean = row.mean(), along = (row * h).mean();
    row = inverse_deviation_(i) * (row - mean - h * along);
  }
}

template class LayerNorm<float>;
template class LayerNorm<double>;

}  // namespace replearn::nn
