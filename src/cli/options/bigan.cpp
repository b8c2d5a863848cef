#include "app/bigan/bigan.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;
namespace {

void add_networks(OptionSet& set, bigan::Options& o) {
  set.add("latent", o.latent, "Dimensions of the latent code z; 2 can be drawn")
      .between(1, 65536)
      .add("hidden", o.hidden,
           "Hidden-layer widths of the encoder, first to last; the generator uses them in reverse order")
      .between(1, 65536)
      .add("discriminator-hidden", o.discriminator_hidden,
           "Hidden-layer widths of the discriminator, whose input is the concatenation of x and z")
      .between(1, 65536)
      .add_choice("unit", o.unit, bigan::unit_names, "Activation of hidden units in encoder and generator")
      .add_choice("discriminator-unit", o.discriminator_unit, bigan::unit_names,
                  "Activation of hidden units in the discriminator")
      .add("pieces", o.pieces, "Linear pieces per maxout unit")
      .between(2, 64)
      .add("slope", o.slope, "Negative slope of leaky-relu")
      .between(0, 1)
      .add("batch-norm", o.batch_norm, "Batch normalization in encoder and generator")
      .add("discriminator-batch-norm", o.discriminator_batch_norm,
           "Batch normalization in the discriminator, over encoder and generator pairs together; not available with a "
           "gradient penalty")
      .add_choice(
          "encoder", o.encoder, bigan::encoder_names,
          "Encoder type. stochastic: a Gaussian from which the code is sampled (ALI); deterministic: the code itself "
          "(BiGAN)")
      .add_choice("output-form", o.output, bigan::output_form_names,
                  "Output activation of the generator. identity: unbounded; sigmoid: 0 to 1; tanh: -1 to 1; softplus: "
                  "positive. Applied before --scaling is inverted")
      .add_choice("scaling", o.scaling,
                  {{"none", bigan::Scaling::none},
                   {"standardize", bigan::Scaling::standardize},
                   {"minmax", bigan::Scaling::minmax}},
                  "Scaling of each column before it enters the networks. none: unchanged; standardize: zero mean and "
                  "unit variance; minmax: range mapped to 0 to 1. Samples and reconstructions are in the original "
                  "units. Sparse data stays sparse");
}

void add_training(OptionSet& set, bigan::Options& o) {
  set.add_choice(
         "loss", o.generator_loss,
         {{"non-saturating", bigan::GeneratorLoss::non_saturating}, {"saturating", bigan::GeneratorLoss::saturating}},
         "Loss of encoder and generator. non-saturating: the discriminator's loss with exchanged labels; saturating: "
         "the negative of the discriminator's loss")
      .add("cycle-weight", o.cycle_weight,
           "Weight of the cycle-consistency loss (ALICE): mean squared x - G(E(x)) per column, in scaled units. Makes "
           "E and G inverse to each other where the adversarial loss alone does not")
      .between(0, 1e6)
      .add("label-smoothing", o.label_smoothing,
           "One-sided label smoothing: the discriminator's target for encoder pairs is 1 minus this value")
      .between(0, 0.5)
      .add_choice("penalty", o.penalty,
                  {{"none", bigan::Penalty::none},
                   {"r1", bigan::Penalty::encoder_pairs},
                   {"both", bigan::Penalty::both},
                   {"between", bigan::Penalty::between}},
                  "Penalty on the squared norm of the discriminator's gradient, which stabilizes training. r1: at "
                  "encoder pairs; both: at encoder and generator pairs; between: at points interpolated between them. "
                  "Takes 30 to 100 % more time")
      .add("penalty-weight", o.penalty_weight,
           "Gradient-penalty weight gamma; gamma / 2 * mean squared gradient norm is added to the discriminator's loss")
      .between(1e-30, 1e6)
      .add("penalty-every", o.penalty_every,
           "Steps between evaluations of the gradient penalty, whose weight is multiplied by this number")
      .between(1, 1e9)
      .add("spectral-norm", o.spectral_norm,
           "Spectral normalization: divide each weight matrix of the discriminator by its largest singular value")
      .add("discriminator-steps", o.discriminator_steps,
           "Discriminator updates per training step, each on its own minibatch")
      .between(1, 1000)
      .add("generator-steps", o.generator_steps, "Updates of encoder and generator per training step")
      .between(1, 1000)
      .add_choice("optimizer", o.optimizer.rule,
                  {{"adam", nn::Rule::adam}, {"adamw", nn::Rule::adamw}, {"rmsprop", nn::Rule::rmsprop}}, "Optimizer")
      .add("learning-rate", o.optimizer.learning_rate, "Learning rate of encoder and generator")
      .between(1e-30, 1e30)
      .add("discriminator-rate", o.discriminator_rate,
           "Learning rate of the discriminator, as a multiple of --learning-rate")
      .between(1e-30, 1e6);
  add_adam_decay(set, o.optimizer)
      .add("weight-decay", o.optimizer.weight_decay, "L2 weight decay; decoupled with adamw")
      .between(0, 1000);
  add_schedule(set, o.schedule)
      .add("average", o.average,
           "Decay rate of the moving average of encoder and generator weights, from which all outputs are computed; 0: "
           "use the final weights")
      .between(0, 1)
      .add_choice("initializer", o.initializer,
                  {{"torch-linear", nn::Initializer::torch_linear},
                   {"normal", nn::Initializer::normal},
                   {"he-normal", nn::Initializer::he_normal},
                   {"he-uniform", nn::Initializer::he_uniform},
                   {"xavier-normal", nn::Initializer::xavier_normal},
                   {"xavier-uniform", nn::Initializer::xavier_uniform}},
                  "Weight initialization")
      .add("initial-scale", o.initial_scale,
           "Factor applied to the initial weights; with normal, their standard deviation")
      .between(1e-30, 1e6)
      .add("batch", o.batch, "Minibatch size in rows, over all ranks")
      .between(3, 1e7)
      .add("steps", o.steps,
           "Training steps (minibatches). Without a preset, the default is raised on large data to at least 10 epochs")
      .between(1, 1e12)
      .add("epochs", o.epochs, "Epochs (passes over the data), instead of --steps; none: use --steps")
      .between(0, 1e9)
      .add("eval-every", o.eval_every,
           "Interval of the training diagnostics, in steps; auto: fifty evaluations over the whole training")
      .between(0, 1e12)
      .add("seed", o.seed, "Random seed of initial weights, minibatches, codes and samples");
}

}  // namespace

OptionSet bigan_options(BiganSettings& settings) {
  auto& o = settings.method;
  OptionSet set("bigan", "ALI / BiGAN", &settings.given);
  set.add_preset<BiganPreset>(
         "preset", settings.preset,
         {{"replearn", BiganPreset::replearn},
          {"ali", BiganPreset::ali},
          {"bigan", BiganPreset::bigan},
          {"steady", BiganPreset::steady},
          {"cells", BiganPreset::cells}},
         [&o](BiganPreset preset) { apply(preset, o); },
         "Networks, losses and training settings. ali: the ALI paper's 2-D toy; bigan: the BiGAN paper's "
         "permutation-invariant MNIST; steady: a setting that learned the 2-D toy with every seed tried; cells: for "
         "log-normalized cells. Options given explicitly take precedence")
      .add("matrix", settings.matrix, "Matrix to learn from: X, layers/NAME or raw/X")
      .add("feature-types", settings.feature_types, feature_types_help)
      .add("use-rep", settings.use_rep,
           "obsm key to learn from instead of --matrix, such as X_pca; empty: use --matrix");
  add_networks(set, o);
  add_training(set, o);
  set.add("labels", settings.labels,
          "Categorical obs column used to measure how many labels the samples cover and to color the map of codes")
      .add("reference", settings.reference,
           "Trained model: an .h5ad written by this verb. The rows of --input are encoded by that model without "
           "training; columns are matched by name. Empty: train on the input")
      .reads_file()
      .add("sample", settings.sample, "Number of samples to draw from the generator, written to --sample-output")
      .between(0, 1e9)
      .changes_no_result()
      .add("sample-output", settings.sample_output, "Output file for samples; empty: OUTPUT.samples.h5ad")
      .writes_file({".h5ad"})
      .add("reconstruct", settings.reconstruct, "Name of the layer to store the reconstruction G(E(x)) in; empty: none")
      .changes_no_result()
      .add("draw-curves", settings.draw_curves, "Plot losses, accuracies and distances against steps")
      .changes_no_result()
      .add("draw-samples", settings.draw_samples,
           "Plot the codes, colored by --labels; for data of two columns, samples beside data; for images, see "
           "--image-width")
      .changes_no_result()
      .add(
          "image-width", settings.image_width,
          "Image width in pixels if rows are images: data, reconstructions and samples are then drawn as images; none: "
          "rows are not images")
      .between(0, 1e5)
      .changes_no_result();
  add_figure_options(set, settings.folder, settings.figure_format);
  set.show_common({"preset", "matrix", "latent", "hidden", "scaling", "penalty", "batch", "steps", "learning-rate",
                   "labels", "reference", "sample", "draw-curves", "seed"})
      .show_zero_as("none", {"epochs", "sample", "image-width"})
      .show_zero_as("auto", {"eval-every"})
      .show_empty_as("auto", {"folder", "sample-output"});
  return set;
}

}  // namespace replearn::cli
