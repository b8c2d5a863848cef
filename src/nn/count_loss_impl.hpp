#pragma once
#include <cmath>
#include <span>

#include "nn/elementary.hpp"
#include "nn/gamma.hpp"
#include "nn/loss.hpp"

/// Losses of counts. Each row is processed by two loops: one over all entries without the Gamma functions (which cancel
/// for zeros), in the scalar type of the network; and one over the nonzero entries, which adds the Gamma functions in
/// float64, since large ones cancel.
namespace replearn::nn {
namespace detail {

/// log Gamma(x + 1), tabulated since counts are mostly small.
class LogFactorial {
 public:
  LogFactorial() {
    double sum = 0;
    for (std::size_t x = 0; x < small; ++x) values_[x] = sum += x > 0 ? std::log(static_cast<double>(x)) : 0;
  }
  double operator()(double x) const {
    if (x < small && x == std::floor(x)) return values_[static_cast<std::size_t>(x)];
    return log_gamma(x + 1);
  }

 private:
  static constexpr std::size_t small = 256;
  double values_[small];
};

inline const LogFactorial& log_factorial() {
  static const LogFactorial table;
  return table;
}

/// Rows of targets in dense form, with the positions of their nonzero entries.
template <class Scalar>
struct TargetRow {
  const Scalar* all;
  std::span<const std::int32_t> columns;
};

template <class Scalar>
class DenseTargets {
 public:
  explicit DenseTargets(const ConstBatchRef<Scalar>& x) : x_(x) {}
  Index rows() const { return x_.rows(); }
  TargetRow<Scalar> row(Index i) {
    const Scalar* all = row_of(x_, i);
    columns_.clear();
    for (Index k = 0; k < x_.cols(); ++k) {
      if (all[k] > 0) columns_.push_back(static_cast<std::int32_t>(k));
    }
    return {all, columns_};
  }

 private:
  const ConstBatchRef<Scalar>& x_;
  std::vector<std::int32_t> columns_;
};

template <class Scalar>
class SparseTargets {
 public:
  explicit SparseTargets(const SparseBatch<Scalar>& x)
      : x_(x), spread_(static_cast<std::size_t>(x.columns), Scalar(0)) {}
  Index rows() const { return x_.rows(); }
  TargetRow<Scalar> row(Index i) {
    for (const std::int32_t k : columns_) spread_[k] = 0;
    columns_ = {x_.indices.data() + x_.begin(i), static_cast<std::size_t>(x_.end(i) - x_.begin(i))};
    for (Index at = x_.begin(i); at < x_.end(i); ++at) {
      const auto k = static_cast<std::size_t>(at);
      spread_[x_.indices[k]] = x_.values[k];
    }
    return {spread_.data(), columns_};
  }

 private:
  const SparseBatch<Scalar>& x_;
  std::vector<Scalar> spread_;
  std::span<const std::int32_t> columns_;  // of the current dense row
};

/// Per-column terms of theta, computed once per batch, and the second loop of the negative binomials.
template <class Scalar>
class Dispersions {
 public:
  explicit Dispersions(const ConstBatchRef<Scalar>& log_theta) {
    const auto m = static_cast<std::size_t>(log_theta.cols());
    for (auto* column : {&exact_, &log_gamma_, &digamma_, &z_, &log_gamma_z_, &digamma_z_}) column->resize(m);
    theta.resize(m);
    inverse.resize(m);
    for (std::size_t k = 0; k < m; ++k) {
      exact_[k] = std::exp(static_cast<double>(log_theta.data()[k]));
      theta[k] = static_cast<Scalar>(exact_[k]);
      inverse[k] = static_cast<Scalar>(1 / exact_[k]);
    }
    log_gamma_and_digamma(exact_.data(), static_cast<Index>(m), log_gamma_.data(), digamma_.data());
  }

  /// Gamma functions of a row: returns their part of the loss and adds scale times their derivative with respect to log
  /// theta.
  double add_gammas(const TargetRow<Scalar>& x, Scalar scale, Scalar* dlog_theta) {
    std::size_t count = 0;
    for (const std::int32_t column : x.columns) {
      const auto k = static_cast<std::size_t>(column);
      z_[count++] = exact_[k] + static_cast<double>(x.all[k]);
    }
    log_gamma_and_digamma(z_.data(), static_cast<Index>(count), log_gamma_z_.data(), digamma_z_.data());
    double sum = 0;
    const auto& factorial = log_factorial();
    for (std::size_t at = 0; at < count; ++at) {
      const auto k = static_cast<std::size_t>(x.columns[at]);
      sum += log_gamma_[k] - log_gamma_z_[at] + factorial(static_cast<double>(x.all[k]));
      dlog_theta[k] -= scale * static_cast<Scalar>(exact_[k] * (digamma_z_[at] - digamma_[k]));
    }
    return sum;
  }

  std::vector<Scalar> theta, inverse;

 private:
  std::vector<double> exact_, log_gamma_, digamma_;
  std::vector<double> z_, log_gamma_z_, digamma_z_;
};

/// Terms of one entry without Gamma functions: loss and derivatives with respect to log mean and log theta; minus the
/// log-probability of 0. a = theta + mu.
template <class Scalar>
struct NegativeBinomial {
  Scalar loss, by_log_mean, by_log_theta, zero;

  NegativeBinomial(Scalar log_mean, Scalar log_theta, Scalar theta, Scalar inverse_theta, Scalar x) {
    const Scalar mu = exponential(log_mean), ratio = mu * inverse_theta, log_ratio = log_mean - log_theta;
    // log(a / theta) = log(1 + ratio), computed from the ratio or its inverse, whichever is below 1.
    const Scalar inverse_ratio = 1 / ratio, below = ratio < 1 ? ratio : inverse_ratio;
    const Scalar excess = (log_ratio > 0 ? log_ratio : Scalar(0)) + log_of_one_plus(below);
    const Scalar inverse_a = 1 / (theta + mu), difference = mu - x;
    zero = theta * excess;
    loss = zero + x * (excess - log_ratio);
    by_log_mean = difference * theta * inverse_a;
    by_log_theta = theta * (excess - difference * inverse_a);
  }
};

template <class Scalar, class Targets>
double poisson(const ConstBatchRef<Scalar>& log_rate, Targets targets, Scalar scale, BatchRef<Scalar>& dlog_rate,
               double* of_rows) {
  double sum = 0;
  for (Index i = 0; i < targets.rows(); ++i) {
    const TargetRow<Scalar> target = targets.row(i);
    const Scalar *x = target.all, *log_mean = row_of(log_rate, i);
    Scalar* gradient = row_of(dlog_rate, i);
    const Index m = log_rate.cols();
    Scalar row_sum = 0;
#pragma omp simd reduction(+ : row_sum)
    for (Index k = 0; k < m; ++k) {
      const Scalar rate = exponential(log_mean[k]);
      gradient[k] = scale * (rate - x[k]);
      row_sum += rate - x[k] * log_mean[k];
    }
    double of_row = static_cast<double>(row_sum);
    for (const std::int32_t k : target.columns) of_row += log_factorial()(static_cast<double>(x[k]));
    if (of_rows) of_rows[i] = of_row;
    sum += of_row;
  }
  return sum;
}

template <class Scalar, class Targets>
double negative_binomial(const ConstBatchRef<Scalar>& log_mean, const ConstBatchRef<Scalar>& log_theta, Targets targets,
                         Scalar scale, BatchRef<Scalar>& dlog_mean, BatchRef<Scalar>& dlog_theta, double* of_rows) {
  Dispersions<Scalar> columns(log_theta);
  const Scalar *theta = columns.theta.data(), *inverse = columns.inverse.data(), *log_t = log_theta.data();
  Scalar* by_theta = dlog_theta.data();
  double sum = 0;
  for (Index i = 0; i < targets.rows(); ++i) {
    const TargetRow<Scalar> target = targets.row(i);
    const Scalar *x = target.all, *mean = row_of(log_mean, i);
    Scalar* by_mean = row_of(dlog_mean, i);
    const Index m = log_mean.cols();
    Scalar row_sum = 0;
#pragma omp simd reduction(+ : row_sum)
    for (Index k = 0; k < m; ++k) {
      const NegativeBinomial<Scalar> entry(mean[k], log_t[k], theta[k], inverse[k], x[k]);
      row_sum += entry.loss;
      by_mean[k] = scale * entry.by_log_mean;
      by_theta[k] += scale * entry.by_log_theta;
    }
    const double of_row = static_cast<double>(row_sum) + columns.add_gammas(target, scale, by_theta);
    if (of_rows) of_rows[i] = of_row;
    sum += of_row;
  }
  return sum;
}

template <class Scalar, class Targets>
double zero_inflated(const ConstBatchRef<Scalar>& log_mean, const ConstBatchRef<Scalar>& log_theta,
                     const ConstBatchRef<Scalar>& zero_logit, Targets targets, Scalar scale,
                     BatchRef<Scalar>& dlog_mean, BatchRef<Scalar>& dlog_theta, BatchRef<Scalar>& dzero_logit,
                     double* of_rows) {
  Dispersions<Scalar> columns(log_theta);
  const Scalar *theta = columns.theta.data(), *inverse = columns.inverse.data(), *log_t = log_theta.data();
  Scalar* by_theta = dlog_theta.data();
  double sum = 0;
  for (Index i = 0; i < targets.rows(); ++i) {
    const TargetRow<Scalar> target = targets.row(i);
    const Scalar *x = target.all, *mean = row_of(log_mean, i), *logit = row_of(zero_logit, i);
    Scalar *by_mean = row_of(dlog_mean, i), *by_logit = row_of(dzero_logit, i);
    const Index m = log_mean.cols();
    Scalar row_sum = 0;
#pragma omp simd reduction(+ : row_sum)
    for (Index k = 0; k < m; ++k) {
      const NegativeBinomial<Scalar> entry(mean[k], log_t[k], theta[k], inverse[k], x[k]);
      // -log(1 - s) = softplus(logit), s = sigmoid(logit). Zeros: -log(s + (1 - s) p0) = softplus(logit) - logit -
      // softplus(gap); the negative binomial's share of their derivatives is sigmoid(gap).
      const Scalar gap = -entry.zero - logit[k], share = sigmoid(gap);
      const Scalar zero = -logit[k] - softplus(gap);
      const bool is_zero = x[k] == 0;
      const Scalar part = is_zero ? share : Scalar(1);
      row_sum += softplus(logit[k]) + (is_zero ? zero : entry.loss);
      by_mean[k] = scale * part * entry.by_log_mean;
      by_theta[k] += scale * part * entry.by_log_theta;
      by_logit[k] = scale * (sigmoid(logit[k]) - 1 + part);
    }
    const double of_row = static_cast<double>(row_sum) + columns.add_gammas(target, scale, by_theta);
    if (of_rows) of_rows[i] = of_row;
    sum += of_row;
  }
  return sum;
}

}  // namespace detail

template <class Scalar>
double poisson_loss(ConstBatchRef<Scalar> log_rate, ConstBatchRef<Scalar> x, Scalar scale, BatchRef<Scalar> dlog_rate) {
  return detail::poisson<Scalar>(log_rate, detail::DenseTargets<Scalar>(x), scale, dlog_rate, nullptr);
}
template <class Scalar>
double poisson_loss(ConstBatchRef<Scalar> log_rate, const SparseBatch<Scalar>& x, Scalar scale,
                    BatchRef<Scalar> dlog_rate, double* of_rows) {
  return detail::poisson<Scalar>(log_rate, detail::SparseTargets<Scalar>(x), scale, dlog_rate, of_rows);
}

template <class Scalar>
double negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta, ConstBatchRef<Scalar> x,
                              Scalar scale, BatchRef<Scalar> dlog_mean, BatchRef<Scalar> dlog_theta) {
  return detail::negative_binomial<Scalar>(log_mean, log_theta, detail::DenseTargets<Scalar>(x), scale, dlog_mean,
                                           dlog_theta, nullptr);
}
template <class Scalar>
double negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta,
                              const SparseBatch<Scalar>& x, Scalar scale, BatchRef<Scalar> dlog_mean,
                              BatchRef<Scalar> dlog_theta, double* of_rows) {
  return detail::negative_binomial<Scalar>(log_mean, log_theta, detail::SparseTargets<Scalar>(x), scale, dlog_mean,
                                           dlog_theta, of_rows);
}

template <class Scalar>
double zero_inflated_negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta,
                                            ConstBatchRef<Scalar> zero_logit, ConstBatchRef<Scalar> x, Scalar scale,
                                            BatchRef<Scalar> dlog_mean, BatchRef<Scalar> dlog_theta,
                                            BatchRef<Scalar> dzero_logit) {
  return detail::zero_inflated<Scalar>(log_mean, log_theta, zero_logit, detail::DenseTargets<Scalar>(x), scale,
                                       dlog_mean, dlog_theta, dzero_logit, nullptr);
}
template <class Scalar>
double zero_inflated_negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta,
                                            ConstBatchRef<Scalar> zero_logit, const SparseBatch<Scalar>& x,
                                            Scalar scale, BatchRef<Scalar> dlog_mean, BatchRef<Scalar> dlog_theta,
                                            BatchRef<Scalar> dzero_logit, double* of_rows) {
  return detail::zero_inflated<Scalar>(log_mean, log_theta, zero_logit, detail::SparseTargets<Scalar>(x), scale,
                                       dlog_mean, dlog_theta, dzero_logit, of_rows);
}

}  // namespace replearn::nn
