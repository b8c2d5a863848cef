#pragma once
#include "base/random.hpp"
#include "nn/spectral_norm.hpp"

namespace replearn::nn {
namespace detail {

template <class Scalar>
using Vector = Eigen::Map<Eigen::Matrix<Scalar, Eigen::Dynamic, 1>>;
template <class Scalar>
using ConstVector = Eigen::Map<const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>>;

/// Weights with a smaller norm are treated as 0 and not normalized.
constexpr double min_sigma = 1e-12;

}  // namespace detail

template <class Scalar>
SpectralNorm<Scalar>::SpectralNorm(std::vector<Slice> weights, std::uint64_t seed) : weights_(std::move(weights)) {
  for (const auto& slice : weights_) {
    RandomStream stream(seed, Purpose::spectral_start, static_cast<std::uint64_t>(slice.offset));
    for (Index i = 0; i < slice.rows; ++i) u_.push_back(static_cast<Scalar>(stream.normal()));
    v_.resize(v_.size() + static_cast<std::size_t>(slice.columns));
  }
  sigma_.assign(weights_.size(), Scalar(1));
}

template <class Scalar>
void SpectralNorm<Scalar>::refresh(const Parameters<Scalar>& parameters, Parameters<Scalar>& normalized) {
  std::copy(parameters.values().begin(), parameters.values().end(), normalized.values().begin());
  Scalar *u_at = u_.data(), *v_at = v_.data();
  for (std::size_t k = 0; k < weights_.size(); ++k) {
    const auto& slice = weights_[k];
    const auto weight = parameters.matrix(slice);
    detail::Vector<Scalar> u(u_at, slice.rows), v(v_at, slice.columns);
    v.noalias() = weight.transpose() * u;
    v /= std::max(v.norm(), static_cast<Scalar>(detail::min_sigma));
    u.noalias() = weight * v;
    const Scalar length = u.norm();  // u'W v, u being W v / |W v|
    u /= std::max(length, static_cast<Scalar>(detail::min_sigma));
    sigma_[k] = length > static_cast<Scalar>(detail::min_sigma) ? length : Scalar(1);
    normalized.matrix(slice) /= sigma_[k];
    u_at += slice.rows;
    v_at += slice.columns;
  }
}

template <class Scalar>
void SpectralNorm<Scalar>::pull_back(const Parameters<Scalar>& normalized, Parameters<Scalar>& parameters) const {
  const auto& names = normalized.slices();
  std::size_t next = 0;
  const Scalar *u_at = u_.data(), *v_at = v_.data();
  const Scalar* from = normalized.gradients().data();
  for (const auto& slice : names) {
    const typename Parameters<Scalar>::ConstMatrix gradient(from + slice.offset, slice.rows, slice.columns);
    auto into = parameters.gradient(slice);
    if (next == weights_.size() || weights_[next].offset != slice.offset) {
      into += gradient;
      continue;
    }
    const detail::ConstVector<Scalar> u(u_at, slice.rows), v(v_at, slice.columns);
    const Scalar along = gradient.cwiseProduct(normalized.matrix(slice)).sum(), inverse = 1 / sigma_[next];
    into += inverse * gradient;
    into.noalias() -= (inverse * along * u) * v.transpose();
    u_at += slice.rows;
    v_at += slice.columns;
    ++next;
  }
}

}  // namespace replearn::nn
