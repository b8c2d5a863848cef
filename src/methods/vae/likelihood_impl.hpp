#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "methods/vae/likelihood.hpp"
#include "nn/activation.hpp"
#include "nn/elementary.hpp"
#include "nn/loss.hpp"

namespace replearn::vae {
namespace detail {

inline bool has_shares(const Shape& shape) {
  return shape.counts() && shape.library == Library::observed;
}

/// Explicit lanes, since the compiler does not vectorize a maximum.
template <class Scalar>
Scalar maximum_of(const Scalar* y, Index m) {
  constexpr Index lanes = 64 / static_cast<Index>(sizeof(Scalar));
  Scalar greatest[lanes];
  std::fill(greatest, greatest + lanes, -std::numeric_limits<Scalar>::infinity());
  Index k = 0;
  for (; k + lanes <= m; k += lanes) {
#pragma omp simd
    for (Index t = 0; t < lanes; ++t) greatest[t] = y[k + t] > greatest[t] ? y[k + t] : greatest[t];
  }
  for (; k < m; ++k) greatest[0] = std::max(greatest[0], y[k]);
  return *std::max_element(greatest, greatest + lanes);
}

}  // namespace detail

template <class Scalar>
void to_log_means(const Shape& shape, const std::vector<Scalar>& log_library, nn::Batch<Scalar>& value) {
  if (!detail::has_shares(shape)) return;
  const Index m = value.cols();
  for (Index i = 0; i < value.rows(); ++i) {
    Scalar* y = value.data() + i * m;
    const Scalar greatest = detail::maximum_of(y, m);
    Scalar sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index k = 0; k < m; ++k) sum += nn::exponential(y[k] - greatest);
    const Scalar shift = log_library[i] - greatest - std::log(sum);
#pragma omp simd
    for (Index k = 0; k < m; ++k) y[k] += shift;
  }
}

template <class Scalar>
void to_log_means_backward(const Shape& shape, const std::vector<Scalar>& log_library,
                           const nn::Batch<Scalar>& log_mean, nn::Batch<Scalar>& gradient) {
  if (!detail::has_shares(shape)) return;
  const Index m = gradient.cols();
  for (Index i = 0; i < gradient.rows(); ++i) {
    const Scalar *y = log_mean.data() + i * m, library = log_library[i];
    Scalar* d = gradient.data() + i * m;
    Scalar sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index k = 0; k < m; ++k) sum += d[k];
#pragma omp simd
    for (Index k = 0; k < m; ++k) d[k] -= sum * nn::exponential(y[k] - library);
  }
}

template <class Scalar>
double negative_log_likelihood(const Shape& shape, nn::ConstBatchRef<Scalar> dispersion, const Outputs<Scalar>& outputs,
                               const Cells<Scalar>& cells, Scalar scale, Outputs<Scalar>& gradients,
                               nn::BatchRef<Scalar> ddispersion, double* of_rows) {
  const Index rows = outputs.value.rows(), m = outputs.value.cols();
  gradients.value.resize(rows, m);
  switch (shape.likelihood) {
    case Likelihood::gaussian: {
      nn::Batch<Scalar> log_variance(rows, m), dlog_variance(rows, m);
      if (shape.noise == Noise::isotropic)
        log_variance.setConstant(dispersion(0, 0));
      else
        log_variance.rowwise() = dispersion.row(0);
      const double sum = nn::gaussian_loss<Scalar>(outputs.value, log_variance, cells.values, scale, gradients.value,
                                                   dlog_variance, of_rows);
      if (shape.noise == Noise::isotropic)
        ddispersion(0, 0) += dlog_variance.sum();
      else
        ddispersion.row(0) += dlog_variance.colwise().sum();
      return sum;
    }
    case Likelihood::bernoulli:
      return nn::bernoulli_loss<Scalar>(outputs.value, cells.values, scale, gradients.value, of_rows);
    case Likelihood::poisson:
      return nn::poisson_loss<Scalar>(outputs.value, cells.counts, scale, gradients.value, of_rows);
    case Likelihood::negative_binomial:
      return nn::negative_binomial_loss<Scalar>(outputs.value, dispersion, cells.counts, scale, gradients.value,
                                                ddispersion, of_rows);
    case Likelihood::zero_inflated:
      gradients.zero.resize(rows, m);
      return nn::zero_inflated_negative_binomial_loss<Scalar>(outputs.value, dispersion, outputs.zero, cells.counts,
                                                              scale, gradients.value, ddispersion, gradients.zero,
                                                              of_rows);
  }
  return 0;
}

template <class Scalar>
void to_means(const Shape& shape, Outputs<Scalar>& outputs) {
  if (shape.likelihood == Likelihood::gaussian) return;
  if (shape.likelihood == Likelihood::bernoulli) return nn::activate<Scalar>(nn::Activation::sigmoid, outputs.value);
  for (Index i = 0; i < outputs.value.size(); ++i) {
    auto& value = outputs.value.data()[i];
    value = nn::exponential(value);
    if (shape.likelihood == Likelihood::zero_inflated) value *= 1 - nn::sigmoid(outputs.zero.data()[i]);
  }
}

}  // namespace replearn::vae
