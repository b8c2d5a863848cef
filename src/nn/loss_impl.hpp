#pragma once
#include <cmath>

#include "nn/elementary.hpp"
#include "nn/loss.hpp"

namespace replearn::nn {
namespace detail {

/// Losses with one output per target: entry(output, target, gradient) returns the loss and sets the gradient. Summed in
/// SIMD lanes within a row, over rows in float64.
template <class Scalar, class Entry>
double sum_over_entries(const ConstBatchRef<Scalar>& y, const ConstBatchRef<Scalar>& x, BatchRef<Scalar>& dy,
                        const Entry& entry, double* of_rows = nullptr) {
  double sum = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    const Scalar *output = row_of(y, i), *target = row_of(x, i);
    Scalar* gradient = row_of(dy, i);
    const Index m = x.cols();
    Scalar row_sum = 0;
#pragma omp simd reduction(+ : row_sum)
    for (Index k = 0; k < m; ++k) row_sum += entry(output[k], target[k], gradient[k]);
    sum += static_cast<double>(row_sum);
    if (of_rows) of_rows[i] = static_cast<double>(row_sum);
  }
  return sum;
}

}  // namespace detail

template <class Scalar>
double squared_error(ConstBatchRef<Scalar> y, ConstBatchRef<Scalar> x, Scalar scale, BatchRef<Scalar> dy) {
  return detail::sum_over_entries<Scalar>(y, x, dy, [scale](Scalar output, Scalar target, Scalar& gradient) {
    const Scalar difference = output - target;
    gradient = 2 * scale * difference;
    return difference * difference;
  });
}

template <class Scalar>
double bernoulli_loss(ConstBatchRef<Scalar> logits, ConstBatchRef<Scalar> x, Scalar scale, BatchRef<Scalar> dlogits,
                      double* of_rows) {
  return detail::sum_over_entries<Scalar>(
      logits, x, dlogits,
      [scale](Scalar logit, Scalar target, Scalar& gradient) {
        gradient = scale * (sigmoid(logit) - target);
        return softplus(logit) - target * logit;
      },
      of_rows);
}

template <class Scalar>
double gaussian_loss(ConstBatchRef<Scalar> mean, ConstBatchRef<Scalar> log_variance, ConstBatchRef<Scalar> x,
                     Scalar scale, BatchRef<Scalar> dmean, BatchRef<Scalar> dlog_variance, double* of_rows) {
  const double constant = 0.5 * 1.83787706640934548356 * static_cast<double>(x.cols());  // log 2 pi
  double sum = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    const Scalar *means = row_of(mean, i), *variances = row_of(log_variance, i), *target = row_of(x, i);
    Scalar *by_mean = row_of(dmean, i), *by_variance = row_of(dlog_variance, i);
    const Index m = x.cols();
    Scalar row_sum = 0;
#pragma omp simd reduction(+ : row_sum)
    for (Index k = 0; k < m; ++k) {
      const Scalar precision = exponential(-variances[k]), difference = means[k] - target[k];
      const Scalar square = difference * difference * precision;
      row_sum += (variances[k] + square) / 2;
      by_mean[k] = scale * difference * precision;
      by_variance[k] = scale * (1 - square) / 2;
    }
    const double of_row = constant + static_cast<double>(row_sum);
    sum += of_row;
    if (of_rows) of_rows[i] = of_row;
  }
  return sum;
}

template <class Scalar>
double kl_to_standard_normal(ConstBatchRef<Scalar> mean, ConstBatchRef<Scalar> log_variance, Scalar scale,
                             BatchRef<Scalar> dmean, BatchRef<Scalar> dlog_variance) {
  double sum = 0;
  for (Index i = 0; i < mean.rows(); ++i) {
    const Scalar *means = row_of(mean, i), *variances = row_of(log_variance, i);
    Scalar *by_mean = row_of(dmean, i), *by_variance = row_of(dlog_variance, i);
    const Index m = mean.cols();
    Scalar row_sum = 0;
#pragma omp simd reduction(+ : row_sum)
    for (Index k = 0; k < m; ++k) {
      const Scalar variance = exponential(variances[k]);
      row_sum += (means[k] * means[k] + variance - variances[k] - 1) / 2;
      by_mean[k] = scale * means[k];
      by_variance[k] = scale * (variance - 1) / 2;
    }
    sum += static_cast<double>(row_sum);
  }
  return sum;
}

template <class Scalar>
double kl_of_gaussians(ConstBatchRef<Scalar> mean, ConstBatchRef<Scalar> log_variance, ConstBatchRef<Scalar> mean2,
                       ConstBatchRef<Scalar> log_variance2, Scalar scale, BatchRef<Scalar> dmean,
                       BatchRef<Scalar> dlog_variance, BatchRef<Scalar> dmean2, BatchRef<Scalar> dlog_variance2) {
  double sum = 0;
  for (Index i = 0; i < mean.rows(); ++i) {
    for (Index k = 0; k < mean.cols(); ++k) {
      const Scalar v = log_variance(i, k), v2 = log_variance2(i, k), difference = mean(i, k) - mean2(i, k);
      const Scalar precision = exponential(-v2), ratio = exponential(v - v2);
      sum += static_cast<double>(v2 - v - 1 + ratio + difference * difference * precision) / 2;
      dmean(i, k) = scale * difference * precision;
      dmean2(i, k) = -dmean(i, k);
      dlog_variance(i, k) = scale * (ratio - 1) / 2;
      dlog_variance2(i, k) = scale * (1 - ratio - difference * difference * precision) / 2;
    }
  }
  return sum;
}

}  // namespace replearn::nn
