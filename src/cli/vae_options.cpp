#include "base/error.hpp"
#include "cli/feature_types.hpp"
#include "cli/layer_name.hpp"
#include "cli/picture_path.hpp"
#include "cli/steps.hpp"

namespace replearn::cli {
namespace {

std::vector<Index> widths_of(const std::vector<Index>& given) {
  return given == std::vector<Index>{0} ? std::vector<Index>{} : given;
}

}  // namespace

vae::Options VaeSettings::checked() const {
  vae::Options options = method;
  options.encoder = widths_of(method.encoder);
  options.decoder = widths_of(method.decoder);
  if (!given.contains("epochs") && preset == vae::Preset::own) {
    options.min_steps = 4'000;
    if (!given.contains("patience")) options.patience_steps = 500;
  }
  options.validate();
  return options;
}

void VaeSettings::validate() const {
  const vae::Options options = checked();
  check_layer_name("--impute", impute);
  check_layer_name("--denoise", denoise);
  if (importance_samples < 0) {
    throw InputError("", "--importance-samples", "must not be negative", "0 is none, 100 is usual");
  }
  if (importance_samples > 0 && options.holdout == 0 && reference.empty()) {
    throw InputError("", "--importance-samples", "needs cells that are held out", "add --holdout 0.1");
  }
  if (sample < 0) throw InputError("", "--sample", "must not be negative", "0 is none");
  if (sample == 0 && !sample_output.empty()) {
    throw InputError("", "--sample-output", "nothing is drawn", "add --sample 1000");
  }
  if (!(denoise_library > 0)) throw InputError("", "--denoise-library", "must be above 0", "10000 is usual");
  if (!denoise.empty() && reference.empty() &&
      (!vae::of_counts(options.likelihood) || options.library == vae::Library::none)) {
    throw InputError("", "--denoise", "this likelihood knows no library size", "use --impute");
  }
  check_picture_format(picture_format);
}

OptionSet vae_options(VaeSettings& settings) {
  using vae::Likelihood;
  auto& o = settings.method;
  OptionSet set("vae", "Variational autoencoder", &settings.given);
  set.add_preset<vae::Preset>(
         "preset", settings.preset, {{"own", vae::Preset::own}, {"scvi", vae::Preset::scvi}},
         [&o](vae::Preset preset) { apply(preset, o); },
         "scvi: model and training as scvi-tools' SCVI has them by default: zero-inflated, warm-up over 400 epochs, "
         "Adam with epsilon 0.01 and weight decay 1e-6; options named beside it win")
      .add("matrix", settings.matrix,
           "what is learned from: X, layers/NAME or raw/X; counts, unless --likelihood says "
           "otherwise")
      .add("feature-types", settings.feature_types, feature_types_help)
      .add("condition", settings.condition,
           "columns of obs whose labels the decoder is told, so that the latent space need not hold them: batches, "
           "donors")
      .add("encode-condition", o.encode_conditions, "tell them to the encoder as well")
      .add("latent", o.latent, "dimensions of the latent space; 2 can be drawn")
      .between(1, 65536)
      .add("encoder", o.encoder, "widths of its hidden layers, first to last; 0: none, a linear map")
      .between(0, 65536)
      .add("decoder", o.decoder, "the same of the decoder; time grows with the last one's width times genes")
      .between(0, 65536)
      .add_choice("activation", o.activation,
                  {{"relu", nn::Activation::relu},
                   {"leaky-relu", nn::Activation::leaky_relu},
                   {"tanh", nn::Activation::tanh},
                   {"softplus", nn::Activation::softplus}},
                  "of hidden units")
      .add("batch-norm", o.batch_norm, "of hidden units")
      .add("dropout", o.dropout, "share of the encoder's hidden units left out at each cell of a step")
      .between(0, 1)
      .add_choice("likelihood", o.likelihood,
                  {{"negative-binomial", Likelihood::negative_binomial},
                   {"zero-inflated", Likelihood::zero_inflated},
                   {"poisson", Likelihood::poisson},
                   {"gaussian", Likelihood::gaussian},
                   {"bernoulli", Likelihood::bernoulli}},
                  "of a gene's value given the latents: of counts, with a dispersion of each gene (twice the time if "
                  "zero-inflated); gaussian: of values of any kind; bernoulli: of values from 0 to 1")
      .add_choice("library", o.library, {{"observed", vae::Library::observed}, {"none", vae::Library::none}},
                  "means of counts are shares of the cell's sum, or free")
      .add_choice("noise", o.noise, {{"per-gene", vae::Noise::per_gene}, {"isotropic", vae::Noise::isotropic}},
                  "variance of the gaussian likelihood: of each gene its own, or one for all")
      .add_choice("input-form", o.input_form,
                  {{"auto", vae::InputForm::automatic}, {"raw", vae::InputForm::raw}, {"log1p", vae::InputForm::log1p}},
                  "what the encoder sees: x, or log(1 + x); auto: that of counts")
      .add("beta", o.beta, "weight of the divergence from the prior; 1: the bound itself")
      .between(0, 1e6)
      .add("kl-warmup", o.kl_warmup, "epochs over which that weight rises from 0")
      .between(0, 1e9)
      .add("batch", o.batch, "cells of a step, over all ranks")
      .between(2, 1e7)
      .add("epochs", o.epochs,
           "times that every cell is taken; 0: 8,000,000 / cells, at most 400, as scvi-tools does, and (but with "
           "--preset scvi) those of 4,000 steps at least")
      .between(0, 1e9)
      .add(
          "patience", o.patience,
          "stop after so many epochs, warm-up not counted, without a higher held-out ELBO, and go back to the best; 0: "
          "never, but where the length is a default, after those of 500 steps, 45 at least (not with --preset scvi)")
      .between(0, 1e9)
      .add_choice("optimizer", o.optimizer.rule,
                  {{"adam", nn::Rule::adam},
                   {"adamw", nn::Rule::adamw},
                   {"rmsprop", nn::Rule::rmsprop},
                   {"sgd", nn::Rule::sgd}},
                  "rule of descent")
      .add("learning-rate", o.optimizer.learning_rate, "of the rule; too high a one lets the loss explode")
      .between(1e-30, 1e30)
      .add("momentum", o.optimizer.momentum, "of sgd and rmsprop")
      .between(0, 1)
      .add("epsilon", o.optimizer.epsilon, "of adam and rmsprop")
      .between(1e-30, 1)
      .add("weight-decay", o.optimizer.weight_decay, "L2: pulls weights to 0 by so much of themselves a step")
      .between(0, 1000)
      .add("clip", o.clip, "longest gradient, longer ones are shortened to it; 0: any")
      .between(0, 1e30)
      .add("holdout", o.holdout, "share of the cells kept from training, to tell how well it does")
      .between(0, 1)
      .add("seed", o.seed, "of first weights, batches, what is held out and all that is drawn")
      .add("importance-samples", settings.importance_samples,
           "tell the importance-weighted bound on log p(x) of the held-out cells (with --reference: of all), with so "
           "many samples; each costs a pass of the decoder; 0: none")
      .between(0, 1e6)
      .add("reference", settings.reference,
           "an .h5ad that this verb wrote: the cells of --input are embedded by its model as it is; genes go by name. "
           "Empty: learn from the input")
      .reads_file()
      .add("impute", settings.impute,
           "write the mean that the model expects of every cell and gene as this layer, in the data's own unit")
      .changes_no_result()
      .add("denoise", settings.denoise, "the same with every cell's sum being --denoise-library, as this layer")
      .changes_no_result()
      .add("denoise-library", settings.denoise_library, "counts of a cell there")
      .between(1e-30, 1e30)
      .changes_no_result()
      .add("sample", settings.sample, "draw so many new cells from the model, into a file of their own")
      .between(0, 1e9)
      .changes_no_result()
      .add("sample-output", settings.sample_output, "that file; empty: OUTPUT.samples.h5ad")
      .writes_file({".h5ad"})
      .add("draw-curves", settings.draw_curves, "draw the bound's halves against steps")
      .changes_no_result();
  add_picture_options(set, settings.folder, settings.picture_format);
  return set;
}

}  // namespace replearn::cli
