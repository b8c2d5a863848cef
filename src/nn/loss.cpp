#include "nn/loss.hpp"

#include <cmath>

#include "nn/elementary.hpp"

namespace replearn::nn {
namespace {

template <class Scalar>
const Scalar* row_of(const ConstBatchRef<Scalar>& batch, Index i) {
  return batch.data() + i * batch.outerStride();
}
template <class Scalar>
Scalar* row_of(BatchRef<Scalar>& batch, Index i) {
  return batch.data() + i * batch.outerStride();
}

/// Of one entry: the loss and its derivatives by log mean and log theta. a = theta + mu.
struct NegativeBinomial {
  double loss, by_log_mean, by_log_theta, log_zero;  // log_zero: log-probability of 0
};

/// In float64, where log Gamma(x + theta) - log Gamma(theta) and the rest cancel each other for large theta.
NegativeBinomial negative_binomial(double log_mean, double log_theta, double x) {
  const double mu = std::exp(log_mean), theta = std::exp(log_theta), a = theta + mu;
  const double log_share = -std::log1p(mu / theta);  // log(theta / a)
  NegativeBinomial result;
  result.log_zero = theta * log_share;
  result.loss = -result.log_zero;
  result.by_log_mean = (mu - x) * theta / a;
  result.by_log_theta = -theta * (log_share + (mu - x) / a);
  if (x > 0) {
    result.loss += log_gamma(theta) + log_gamma(x + 1) - log_gamma(x + theta) - x * (log_mean - log_theta + log_share);
    result.by_log_theta -= theta * (digamma(x + theta) - digamma(theta));
  }
  return result;
}

/// One output and one target an entry: entry(output, target, gradient) gives its loss and sets its gradient. Summed in
/// the lanes of a row, rows in float64.
template <class Scalar, class Entry>
double sum_over_entries(const ConstBatchRef<Scalar>& y, const ConstBatchRef<Scalar>& x, BatchRef<Scalar>& dy,
                        const Entry& entry) {
  double sum = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    const Scalar *output = row_of(y, i), *target = row_of(x, i);
    Scalar* gradient = row_of(dy, i);
    const Index m = x.cols();
    Scalar row_sum = 0;
#pragma omp simd reduction(+ : row_sum)
    for (Index k = 0; k < m; ++k) row_sum += entry(output[k], target[k], gradient[k]);
    sum += static_cast<double>(row_sum);
  }
  return sum;
}

}  // namespace

template <class Scalar>
double squared_error(ConstBatchRef<Scalar> y, ConstBatchRef<Scalar> x, Scalar scale, BatchRef<Scalar> dy) {
  return sum_over_entries<Scalar>(y, x, dy, [scale](Scalar output, Scalar target, Scalar& gradient) {
    const Scalar difference = output - target;
    gradient = 2 * scale * difference;
    return difference * difference;
  });
}

template <class Scalar>
double bernoulli_loss(ConstBatchRef<Scalar> logits, ConstBatchRef<Scalar> x, Scalar scale, BatchRef<Scalar> dlogits) {
  return sum_over_entries<Scalar>(logits, x, dlogits, [scale](Scalar logit, Scalar target, Scalar& gradient) {
    gradient = scale * (sigmoid(logit) - target);
    return softplus(logit) - target * logit;
  });
}

template <class Scalar>
double poisson_loss(ConstBatchRef<Scalar> log_rate, ConstBatchRef<Scalar> x, Scalar scale, BatchRef<Scalar> dlog_rate) {
  double sum =
      sum_over_entries<Scalar>(log_rate, x, dlog_rate, [scale](Scalar log_mean, Scalar target, Scalar& gradient) {
        const Scalar rate = exponential(log_mean);
        gradient = scale * (rate - target);
        return rate - target * log_mean;
      });
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index k = 0; k < x.cols(); ++k) {
      if (x(i, k) > 1) sum += log_gamma(static_cast<double>(x(i, k)) + 1);
    }
  }
  return sum;
}

template <class Scalar>
double negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta, ConstBatchRef<Scalar> x,
                              Scalar scale, BatchRef<Scalar> dlog_mean, BatchRef<Scalar> dlog_theta) {
  double sum = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index k = 0; k < x.cols(); ++k) {
      const auto entry = negative_binomial(log_mean(i, k), log_theta(0, k), x(i, k));
      sum += entry.loss;
      dlog_mean(i, k) = scale * static_cast<Scalar>(entry.by_log_mean);
      dlog_theta(0, k) += scale * static_cast<Scalar>(entry.by_log_theta);
    }
  }
  return sum;
}

template <class Scalar>
double zero_inflated_negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta,
                                            ConstBatchRef<Scalar> zero_logit, ConstBatchRef<Scalar> x, Scalar scale,
                                            BatchRef<Scalar> dlog_mean, BatchRef<Scalar> dlog_theta,
                                            BatchRef<Scalar> dzero_logit) {
  double sum = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index k = 0; k < x.cols(); ++k) {
      const double logit = zero_logit(i, k), inflated = sigmoid(logit);
      const auto entry = negative_binomial(log_mean(i, k), log_theta(0, k), x(i, k));
      double by_mean = entry.by_log_mean, by_theta = entry.by_log_theta, by_logit = inflated;
      if (x(i, k) > 0) {
        sum += entry.loss + softplus(logit);  // -log(1 - sigmoid(logit)) = log(1 + e^logit)
      } else {
        // -log(s + (1 - s) p0) = softplus(logit) - log(e^logit + p0); r: the share of the negative binomial's zeros
        const double gap = entry.log_zero - logit, r = sigmoid(gap);
        sum += softplus(logit) - logit - softplus(gap);
        by_mean *= r;
        by_theta *= r;
        by_logit -= 1 - r;
      }
      dlog_mean(i, k) = scale * static_cast<Scalar>(by_mean);
      dlog_theta(0, k) += scale * static_cast<Scalar>(by_theta);
      dzero_logit(i, k) = scale * static_cast<Scalar>(by_logit);
    }
  }
  return sum;
}

template <class Scalar>
double gaussian_loss(ConstBatchRef<Scalar> mean, ConstBatchRef<Scalar> log_variance, ConstBatchRef<Scalar> x,
                     Scalar scale, BatchRef<Scalar> dmean, BatchRef<Scalar> dlog_variance) {
  constexpr double log_two_pi = 1.83787706640934548356;
  double sum = 0.5 * log_two_pi * static_cast<double>(x.size());
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
    sum += static_cast<double>(row_sum);
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

#define INSTANTIATE(S)                                                                                              \
  template double squared_error(ConstBatchRef<S>, ConstBatchRef<S>, S, BatchRef<S>);                                \
  template double bernoulli_loss(ConstBatchRef<S>, ConstBatchRef<S>, S, BatchRef<S>);                               \
  template double poisson_loss(ConstBatchRef<S>, ConstBatchRef<S>, S, BatchRef<S>);                                 \
  template double negative_binomial_loss(ConstBatchRef<S>, ConstBatchRef<S>, ConstBatchRef<S>, S, BatchRef<S>,      \
                                         BatchRef<S>);                                                              \
  template double zero_inflated_negative_binomial_loss(ConstBatchRef<S>, ConstBatchRef<S>, ConstBatchRef<S>,        \
                                                       ConstBatchRef<S>, S, BatchRef<S>, BatchRef<S>, BatchRef<S>); \
  template double gaussian_loss(ConstBatchRef<S>, ConstBatchRef<S>, ConstBatchRef<S>, S, BatchRef<S>, BatchRef<S>); \
  template double kl_to_standard_normal(ConstBatchRef<S>, ConstBatchRef<S>, S, BatchRef<S>, BatchRef<S>);           \
  template double kl_of_gaussians(ConstBatchRef<S>, ConstBatchRef<S>, ConstBatchRef<S>, ConstBatchRef<S>, S,        \
                                  BatchRef<S>, BatchRef<S>, BatchRef<S>, BatchRef<S>);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace replearn::nn
