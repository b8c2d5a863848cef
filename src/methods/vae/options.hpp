#pragma once
#include <cstdint>
#include <vector>

#include "base/index.hpp"
#include "nn/activation.hpp"
#include "nn/optimizer.hpp"

namespace replearn::vae {

/// p(x|z) of one gene.
enum class Likelihood { gaussian, bernoulli, poisson, negative_binomial, zero_inflated };
inline bool of_counts(Likelihood likelihood) {
  return likelihood != Likelihood::gaussian && likelihood != Likelihood::bernoulli;
}
/// Means of counts: shares of the cell's sum, or free.
enum class Library { observed, none };
/// What the encoder sees: x, or log(1 + x). automatic: log1p of counts.
enum class InputForm { automatic, raw, log1p };
/// Variance of a Gaussian: of each gene its own, or one for all.
enum class Noise { per_gene, isotropic };

struct Options {
  Index latent = 10;
  std::vector<Index> encoder = {128}, decoder = {128};  ///< widths of hidden layers, first to last; none: a linear map
  nn::Activation activation = nn::Activation::relu;
  Likelihood likelihood = Likelihood::negative_binomial;
  Library library = Library::observed;
  Noise noise = Noise::per_gene;
  InputForm input_form = InputForm::automatic;
  bool encode_conditions = false;  ///< the decoder always sees them
  bool batch_norm = true;
  double dropout = 0.1;  ///< of the encoder's hidden units
  double beta = 1;       ///< weight of the divergence from the prior
  Index kl_warmup = 20;  ///< epochs over which it rises from 0
  Index batch = 128;
  Index epochs = 0;    ///< 0: as many as scVI takes, see epochs_of
  Index min_steps = 0;  ///< epochs of 0 are as many as have so many steps, at least
  Index patience = 0;  ///< epochs without a higher held-out bound after which to stop and go back to the best; 0: never
  Index patience_steps = 0;  ///< patience of as many epochs as have so many steps, and 45 at least; 0: by `patience`
  nn::OptimizerOptions optimizer = {};
  double clip = 0;       ///< longest gradient; 0: any
  double holdout = 0.1;  ///< share of the cells kept from training
  std::uint64_t seed = 0;

  /// Throws InputError naming the option.
  void validate() const;
  bool log1p() const {
    return input_form == InputForm::log1p || (input_form == InputForm::automatic && of_counts(likelihood));
  }
};

/// min(round(20,000 / n * 400), 400), scVI's rule, at least 1.
Index epochs_of(const Options& options, Index cells);

/// scvi: model and training as scvi-tools' SCVI has them by default; own: this program's.
enum class Preset { own, scvi };
void apply(Preset preset, Options& options);

}  // namespace replearn::vae
