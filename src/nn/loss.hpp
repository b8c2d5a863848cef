#pragma once
#include "nn/batch.hpp"

namespace replearn::nn {

/// Loss functions: negative log-likelihoods (except for the squared error) of targets x given a network's outputs,
/// summed over all entries of the batch. Outputs are unbounded; positive parameters are represented by their
/// logarithms. Each function returns the sum in float64 and writes `scale` times its gradient with respect to the
/// outputs (scale: 1 / entries for a mean). Derivations are in README.md. All shapes are B x m. of_rows: receives the
/// sum of each row; nullptr: unused. Count losses also accept sparse targets: zeros need no Gamma function. Local.

/// (y - x)^2.
template <class Scalar>
double squared_error(ConstBatchRef<Scalar> y, ConstBatchRef<Scalar> x, Scalar scale, BatchRef<Scalar> dy);

/// Bernoulli with logits: log(1 + e^y) - x y, 0 <= x <= 1.
template <class Scalar>
double bernoulli_loss(ConstBatchRef<Scalar> logits, ConstBatchRef<Scalar> x, Scalar scale, BatchRef<Scalar> dlogits,
                      double* of_rows = nullptr);

/// Poisson with rate e^l: e^l - x l + log Gamma(x + 1).
template <class Scalar>
double poisson_loss(ConstBatchRef<Scalar> log_rate, ConstBatchRef<Scalar> x, Scalar scale, BatchRef<Scalar> dlog_rate);
template <class Scalar>
double poisson_loss(ConstBatchRef<Scalar> log_rate, const SparseBatch<Scalar>& x, Scalar scale,
                    BatchRef<Scalar> dlog_rate, double* of_rows = nullptr);

/// Negative binomial with mean mu and inverse dispersion theta (variance mu + mu^2 / theta), one theta per column: log
/// Gamma(theta) + log Gamma(x + 1) - log Gamma(x + theta) - theta log(theta / (theta + mu))
///   - x log(mu / (theta + mu)).
/// log_theta: 1 x m; its gradient, summed over rows, is added to dlog_theta.
template <class Scalar>
double negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta, ConstBatchRef<Scalar> x,
                              Scalar scale, BatchRef<Scalar> dlog_mean, BatchRef<Scalar> dlog_theta);
template <class Scalar>
double negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta,
                              const SparseBatch<Scalar>& x, Scalar scale, BatchRef<Scalar> dlog_mean,
                              BatchRef<Scalar> dlog_theta, double* of_rows = nullptr);

/// Zero-inflated negative binomial (scVI's ZINB): mixture with a point mass at 0 of probability sigmoid(logit).
template <class Scalar>
double zero_inflated_negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta,
                                            ConstBatchRef<Scalar> zero_logit, ConstBatchRef<Scalar> x, Scalar scale,
                                            BatchRef<Scalar> dlog_mean, BatchRef<Scalar> dlog_theta,
                                            BatchRef<Scalar> dzero_logit);
template <class Scalar>
double zero_inflated_negative_binomial_loss(ConstBatchRef<Scalar> log_mean, ConstBatchRef<Scalar> log_theta,
                                            ConstBatchRef<Scalar> zero_logit, const SparseBatch<Scalar>& x,
                                            Scalar scale, BatchRef<Scalar> dlog_mean, BatchRef<Scalar> dlog_theta,
                                            BatchRef<Scalar> dzero_logit, double* of_rows = nullptr);

/// Gaussian with mean y and variance e^v: (log 2 pi + v + (y - x)^2 e^-v) / 2.
template <class Scalar>
double gaussian_loss(ConstBatchRef<Scalar> mean, ConstBatchRef<Scalar> log_variance, ConstBatchRef<Scalar> x,
                     Scalar scale, BatchRef<Scalar> dmean, BatchRef<Scalar> dlog_variance, double* of_rows = nullptr);

/// KL(N(mean, e^v) || N(0, 1)) of each entry: (mean^2 + e^v - v - 1) / 2.
template <class Scalar>
double kl_to_standard_normal(ConstBatchRef<Scalar> mean, ConstBatchRef<Scalar> log_variance, Scalar scale,
                             BatchRef<Scalar> dmean, BatchRef<Scalar> dlog_variance);

/// KL(N(m, e^v) || N(m2, e^v2)) of each entry: (v2 - v - 1 + (e^v + (m - m2)^2) e^-v2) / 2; gradients with respect to
/// all four.
template <class Scalar>
double kl_of_gaussians(ConstBatchRef<Scalar> mean, ConstBatchRef<Scalar> log_variance, ConstBatchRef<Scalar> mean2,
                       ConstBatchRef<Scalar> log_variance2, Scalar scale, BatchRef<Scalar> dmean,
                       BatchRef<Scalar> dlog_variance, BatchRef<Scalar> dmean2, BatchRef<Scalar> dlog_variance2);

}  // namespace replearn::nn
