#pragma once
#include <cmath>

#include "methods/vae/elbo.hpp"

namespace replearn::vae {
namespace detail {

/// Lower bound of the encoder's variance, as in scVI.
constexpr double variance_floor = 1e-4;

}  // namespace detail

template <class Scalar>
void to_moments(nn::ConstBatchRef<Scalar> output, nn::Batch<Scalar>& mean, nn::Batch<Scalar>& variance) {
  const Index q = output.cols() / 2;
  mean = output.leftCols(q);
  variance = output.rightCols(q);
  for (Index i = 0; i < variance.size(); ++i) {
    auto& v = variance.data()[i];
    v = std::exp(v) + static_cast<Scalar>(detail::variance_floor);
  }
}

template <class Scalar>
double divergence_from_prior(const nn::Batch<Scalar>& mean, const nn::Batch<Scalar>& variance, double* of_rows) {
  double sum = 0;
  for (Index i = 0; i < mean.rows(); ++i) {
    double of_row = 0;
    for (Index k = 0; k < mean.cols(); ++k) {
      const auto m = static_cast<double>(mean(i, k)), s = static_cast<double>(variance(i, k));
      of_row += 0.5 * (m * m + s - std::log(s) - 1);
    }
    if (of_rows) of_rows[i] = of_row;
    sum += of_row;
  }
  return sum;
}

template <class Scalar>
void draw_noise(std::uint64_t seed, Purpose purpose, std::uint64_t draw, const std::vector<std::uint64_t>& rows,
                nn::Batch<Scalar>& noise) {
  for (Index i = 0; i < noise.rows(); ++i) {
    RandomStream stream(seed, purpose, (draw << 32) + rows[i]);
    for (Index k = 0; k < noise.cols(); ++k) noise(i, k) = static_cast<Scalar>(stream.normal());
  }
}

template <class Scalar>
Bound ElboGradient<Scalar>::compute(const mpi::Communicator& comm, Network<Scalar>& network, const Cells<Scalar>& cells,
                                    const nn::Batch<Scalar>& noise, double weight, double scale, const Dropout& dropout,
                                    nn::GradientSum<Scalar>& sum) {
  auto& parameters = network.parameters;
  parameters.zero_gradients();
  to_moments<Scalar>(network.encoder.forward(comm, parameters, cells, dropout), mean_, variance_);
  z_ = mean_ + (variance_.cwiseSqrt().array() * noise.array()).matrix();
  Bound bound;
  bound.cells = static_cast<double>(cells.rows());
  bound.reconstruction = network.decoder.forward(comm, parameters, cells, z_, static_cast<Scalar>(scale));
  bound.divergence = divergence_from_prior(mean_, variance_);
  network.decoder.backward(comm, parameters, cells, sum, dz_);
  // With respect to the mean: the gradient of z plus, from KL, the mean itself. With respect to v, through s = e^v +
  // floor: dz/ds = e / (2 sqrt(s)), dKL/ds = (1 - 1 / s) / 2, ds/dv = e^v.
  const Index q = mean_.cols();
  const auto kl_weight = static_cast<Scalar>(scale * weight);
  doutput_.resize(mean_.rows(), 2 * q);
  for (Index i = 0; i < mean_.rows(); ++i) {
    for (Index k = 0; k < q; ++k) {
      const Scalar s = variance_(i, k), slope = s - static_cast<Scalar>(detail::variance_floor);
      doutput_(i, k) = dz_(i, k) + kl_weight * mean_(i, k);
      doutput_(i, q + k) = slope * (dz_(i, k) * noise(i, k) / std::sqrt(s) + kl_weight * (1 - 1 / s)) / 2;
    }
  }
  network.encoder.backward(comm, parameters, cells, doutput_, sum);
  return bound;
}

}  // namespace replearn::vae
