#pragma once
#include "methods/vae/cells.hpp"

namespace replearn::vae {

/// What the decoder says of B cells: of each gene a number, and with zero inflation another. What the number is:
///
///     gaussian   the mean                 poisson, negative_binomial, zero_inflated
///     bernoulli  the logit                    library none: the logarithm of the mean
///                                             library observed: the logit of the gene's share of the cell's sum
template <class Scalar>
struct Outputs {
  nn::Batch<Scalar> value, zero;  ///< B x m; zero: logits, of zero_inflated
};

/// Logits of shares become logarithms of means, in place: log mean_j = log library + y_j - log sum_k e^y_k. Nothing
/// without a library. Local.
template <class Scalar>
void to_log_means(const Shape& shape, const std::vector<Scalar>& log_library, nn::Batch<Scalar>& value);

/// The sum over cells of -log p(x|z), constants such as log x! included, from outputs after to_log_means. dispersion:
/// 1 x m, log theta (negative binomials) or log variance (gaussian; 1 x 1 if isotropic). Writes scale times the
/// gradients by the outputs after to_log_means and adds that by the dispersion. of_rows: each cell's own, or nullptr.
/// Local.
template <class Scalar>
double negative_log_likelihood(const Shape& shape, nn::ConstBatchRef<Scalar> dispersion, const Outputs<Scalar>& outputs,
                               const Cells<Scalar>& cells, Scalar scale, Outputs<Scalar>& gradients,
                               nn::BatchRef<Scalar> ddispersion, double* of_rows = nullptr);

/// Gradients by what to_log_means gave become those by what it took: dy_j = d_j - share_j sum_k d_k. Local.
template <class Scalar>
void to_log_means_backward(const Shape& shape, const std::vector<Scalar>& log_library,
                           const nn::Batch<Scalar>& log_mean, nn::Batch<Scalar>& gradient);

/// E x of each gene, from outputs after to_log_means, in place of them. Local.
template <class Scalar>
void to_means(const Shape& shape, Outputs<Scalar>& outputs);

}  // namespace replearn::vae
