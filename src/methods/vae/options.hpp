#pragma once
#include <cstdint>
#include <vector>

#include "base/index.hpp"
#include "base/named_values.hpp"
#include "nn/activation.hpp"
#include "nn/optimizer.hpp"

namespace replearn::vae {

/// Likelihood p(x|z) of one gene.
enum class Likelihood { gaussian, bernoulli, poisson, negative_binomial, zero_inflated };
inline const NamedValues<Likelihood> likelihood_names = {{"negative-binomial", Likelihood::negative_binomial},
                                                         {"zero-inflated", Likelihood::zero_inflated},
                                                         {"poisson", Likelihood::poisson},
                                                         {"gaussian", Likelihood::gaussian},
                                                         {"bernoulli", Likelihood::bernoulli}};
inline bool of_counts(Likelihood likelihood) {
  return likelihood != Likelihood::gaussian && likelihood != Likelihood::bernoulli;
}
/// Means of counts: shares of the observed total count, or unconstrained.
enum class Library { observed, none };
inline const NamedValues<Library> library_names = {{"observed", Library::observed}, {"none", Library::none}};
/// Input of the encoder: x, or log(1 + x). automatic: log1p for counts.
enum class InputForm { automatic, raw, log1p };
/// Variance of the Gaussian likelihood: one per gene, or one for all.
enum class Noise { per_gene, isotropic };
inline const NamedValues<Noise> noise_names = {{"per-gene", Noise::per_gene}, {"isotropic", Noise::isotropic}};

struct Options {
  Index latent = 10;
  std::vector<Index> encoder = {128}, decoder = {128};  ///< widths of hidden layers, first to last; none: a linear map
  nn::Activation activation = nn::Activation::relu;
  Likelihood likelihood = Likelihood::negative_binomial;
  Library library = Library::observed;
  Noise noise = Noise::per_gene;
  InputForm input_form = InputForm::automatic;
  bool encode_conditions = false;  ///< whether the encoder receives the conditions; the decoder always does
  bool batch_norm = true;
  double dropout = 0.1;  ///< dropout rate of the encoder's hidden units
  double beta = 1;       ///< weight of the KL divergence from the prior
  Index kl_warmup = 20;  ///< epochs over which the weight of the divergence rises from 0
  Index batch = 128;
  Index epochs = 0;     ///< 0: by scVI's rule, see epochs_of
  Index min_steps = 0;  ///< if epochs = 0: minimum number of training steps
  Index patience = 0;   ///< epochs without a higher held-out bound before stopping and restoring the best; 0: never
  Index patience_steps = 0;  ///< patience equivalent to this many steps, and at least 45 epochs; 0: by `patience`
  nn::OptimizerOptions optimizer = {};
  double clip = 0;       ///< maximum gradient norm; 0: none
  double holdout = 0.1;  ///< fraction of the cells held out from training
  std::uint64_t seed = 0;

  /// Throws InputError naming the option.
  void validate() const;
  bool log1p() const {
    return input_form == InputForm::log1p || (input_form == InputForm::automatic && of_counts(likelihood));
  }
};

/// Number of epochs by scVI's rule: min(round(20,000 / n * 400), 400), at least 1.
Index epochs_of(const Options& options, Index cells);

/// scvi: defaults of scvi-tools' SCVI for model and training; replearn: this program's defaults.
enum class Preset { replearn, scvi };
void apply(Preset preset, Options& options);

}  // namespace replearn::vae
