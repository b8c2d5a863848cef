#pragma once
#include "methods/vae/cells.hpp"

namespace replearn::vae {

/// Outputs of the decoder for B cells: one number per gene, and a second one with zero inflation. The number is:
///
///     gaussian   the mean                 poisson, negative_binomial, zero_inflated
///     bernoulli  the logit                    library none: the logarithm of the mean
///                                             library observed: the logit of the gene's share of the total count
template <class Scalar>
struct Outputs {
  nn::Batch<Scalar> value, zero;  ///< B x m; zero: dropout logits of zero_inflated
};

/// Converts logits of shares to logarithms of means in place: log mean_j = log library + y_j - log sum_k e^y_k. No
/// effect without a library. Local.
template <class Scalar>
void to_log_means(const Shape& shape, const std::vector<Scalar>& log_library, nn::Batch<Scalar>& value);

/// Sum over cells of -log p(x|z), including constants such as log x!, from outputs after to_log_means. dispersion: 1 x
/// m, log theta (negative binomials) or log variance (gaussian; 1 x 1 if isotropic). Writes scale times the gradients
/// with respect to the outputs after to_log_means, and adds those of the dispersion. of_rows: receives the value of
/// each cell, or nullptr. Local.
template <class Scalar>
double negative_log_likelihood(const Shape& shape, nn::ConstBatchRef<Scalar> dispersion, const Outputs<Scalar>& outputs,
                               const Cells<Scalar>& cells, Scalar scale, Outputs<Scalar>& gradients,
                               nn::BatchRef<Scalar> ddispersion, double* of_rows = nullptr);

/// Backward of to_log_means: dy_j = d_j - share_j sum_k d_k. Local.
template <class Scalar>
void to_log_means_backward(const Shape& shape, const std::vector<Scalar>& log_library,
                           const nn::Batch<Scalar>& log_mean, nn::Batch<Scalar>& gradient);

/// Replaces outputs after to_log_means by E x of each gene. Local.
template <class Scalar>
void to_means(const Shape& shape, Outputs<Scalar>& outputs);

}  // namespace replearn::vae
