#include "app/vae/vae.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet vae_options(VaeSettings& settings) {
  auto& o = settings.method;
  OptionSet set("vae", "Variational autoencoder", &settings.given);
  set.add_preset<vae::Preset>(
         "preset", settings.preset, {{"replearn", vae::Preset::replearn}, {"scvi", vae::Preset::scvi}},
         [&o](vae::Preset preset) { apply(preset, o); },
         "Model and training defaults. scvi: those of scvi-tools' SCVI: zero-inflated likelihood, KL warm-up over 400 "
         "epochs, Adam with epsilon 0.01 and weight decay 1e-6. Options given explicitly take precedence")
      .add("matrix", settings.matrix,
           "Matrix to learn from: X, layers/NAME or raw/X; counts, unless --likelihood is gaussian or bernoulli")
      .add("feature-types", settings.feature_types, feature_types_help)
      .add("condition", settings.condition,
           "Categorical obs columns (batches, donors) given to the decoder, so that the latent space need not "
           "represent them")
      .add("encode-condition", o.encode_conditions, "Give the --condition columns to the encoder as well")
      .add("latent", o.latent, "Dimension of the latent space; 2 can be plotted directly")
      .between(1, 65536)
      .add("encoder", o.encoder, "Hidden-layer widths of the encoder, first to last; 0: none, a linear map")
      .between(0, 65536)
      .add("decoder", o.decoder,
           "Hidden-layer widths of the decoder, first to last; 0: none, a linear map. Time grows with the last width * "
           "genes")
      .between(0, 65536)
      .add_choice("activation", o.activation, nn::hidden_activation_names, "Activation of hidden units")
      .add("batch-norm", o.batch_norm, "Batch normalization of hidden units")
      .add("dropout", o.dropout, "Dropout rate of the encoder's hidden units")
      .between(0, 1)
      .add_choice("likelihood", o.likelihood, vae::likelihood_names,
                  "Likelihood of a gene's value given the latent code. negative-binomial, zero-inflated (negative "
                  "binomial), poisson: counts, the first two with a dispersion per gene; zero-inflated takes twice the "
                  "time. gaussian: any values; bernoulli: values from 0 to 1")
      .add_choice("library", o.library, vae::library_names,
                  "Library size of count likelihoods. observed: means are fractions of the cell's total count; none: "
                  "means are unconstrained")
      .add_choice("noise", o.noise, vae::noise_names,
                  "Variance of the gaussian likelihood. per-gene: one per gene; isotropic: one for all genes")
      .add_choice("input-form", o.input_form,
                  {{"auto", vae::InputForm::automatic}, {"raw", vae::InputForm::raw}, {"log1p", vae::InputForm::log1p}},
                  "Encoder input. raw: x; log1p: log(1 + x); auto: log1p for count likelihoods, else raw")
      .add("beta", o.beta, "Weight of the KL divergence from the prior; 1: the evidence lower bound")
      .between(0, 1e6)
      .add("kl-warmup", o.kl_warmup, "Epochs over which the weight of the KL divergence rises from 0 to --beta")
      .between(0, 1e9)
      .add("batch", o.batch, "Minibatch size in cells, over all ranks")
      .between(2, 1e7)
      .add("epochs", o.epochs,
           "Epochs (passes over the cells). auto: 8,000,000 / cells, at most 400, as in scvi-tools; without --preset "
           "scvi, enough epochs for at least 4,000 steps")
      .between(0, 1e9)
      .add("patience", settings.patience,
           "Early stopping: number of epochs without improvement of the held-out ELBO (after warm-up) after which "
           "training "
           "stops and the best weights are restored. auto: off with explicit --epochs or --preset scvi, otherwise the "
           "number of epochs that 500 steps take, at least 45")
      .between(0, 1e9)
      .add_choice("optimizer", o.optimizer.rule,
                  {{"adam", nn::Rule::adam},
                   {"adamw", nn::Rule::adamw},
                   {"rmsprop", nn::Rule::rmsprop},
                   {"sgd", nn::Rule::sgd}},
                  "Optimizer")
      .add("learning-rate", o.optimizer.learning_rate, "Learning rate; too high and training diverges")
      .between(1e-30, 1e30)
      .add("momentum", o.optimizer.momentum, "Momentum of sgd and rmsprop")
      .between(0, 1)
      .add("epsilon", o.optimizer.epsilon, "Epsilon of adam and rmsprop, added to the denominator")
      .between(1e-30, 1)
      .add("weight-decay", o.optimizer.weight_decay, "L2 weight decay; decoupled with adamw")
      .between(0, 1000)
      .add("clip", o.clip, "Maximum gradient norm; larger gradients are rescaled to it. none: no clipping")
      .between(0, 1e30)
      .add("holdout", o.holdout, "Fraction of the cells held out of training for validation")
      .between(0, 1)
      .add("seed", o.seed, "Random seed of initial weights, minibatches, held-out cells and samples")
      .add("importance-samples", settings.importance_samples,
           "Importance samples per cell for a tighter bound on log p(x) of the held-out cells (with --reference: of "
           "all cells); each takes one pass of the decoder. ")
      .between(0, 1e6)
      .add("reference", settings.reference,
           "Trained model: an .h5ad written by this verb. The cells of --input are embedded by that model without "
           "training; genes are matched by name. Empty: train on the input")
      .reads_file()
      .add("impute", settings.impute,
           "Name of the layer to store each cell's expected expression in, in the data's own units; empty: none")
      .changes_no_result()
      .add("denoise", settings.denoise,
           "Name of the layer to store each cell's expected expression in, normalized to a library size of "
           "--denoise-library; empty: none")
      .changes_no_result()
      .add("denoise-library", settings.denoise_library,
           "Library size (counts per cell) of the layer written by --denoise")
      .between(1e-30, 1e30)
      .changes_no_result()
      .add("sample", settings.sample, "Number of new cells to sample from the model, written to --sample-output")
      .between(0, 1e9)
      .changes_no_result()
      .add("sample-output", settings.sample_output, "Output file for sampled cells; empty: OUTPUT.samples.h5ad")
      .writes_file({".h5ad"})
      .add("draw-curves", settings.draw_curves, "Plot reconstruction and KL terms of the ELBO against steps")
      .changes_no_result();
  add_figure_options(set, settings.folder, settings.figure_format);
  set.show_common({"preset", "matrix", "condition", "latent", "encoder", "decoder", "likelihood", "kl-warmup", "batch",
                   "epochs", "reference", "denoise", "sample", "draw-curves", "seed"})
      .show_zero_as("auto", {"epochs"})
      .show_zero_as("none", {"patience", "clip", "importance-samples", "sample"})
      .show_empty_as("auto", {"folder", "sample-output"});
  return set;
}

}  // namespace replearn::cli
