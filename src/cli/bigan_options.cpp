#include "cli/bigan_options.hpp"

#include "base/error.hpp"
#include "cli/feature_types.hpp"
#include "cli/layer_name.hpp"
#include "cli/picture_path.hpp"

namespace replearn::cli {

using bigan::Unit;

void apply(BiganPreset preset, bigan::Options& o) {
  const bigan::Options defaults;
  o = defaults;
  switch (preset) {
    case BiganPreset::own:
      return;
    case BiganPreset::ali:
      o.latent = 2;
      o.hidden = {400, 400};
      o.discriminator_hidden = {200, 200};
      o.unit = Unit::relu, o.discriminator_unit = Unit::maxout;
      o.pieces = 5;
      o.optimizer.learning_rate = 1e-4, o.optimizer.beta1 = 0.8;
      o.initializer = nn::Initializer::normal, o.initial_scale = 0.02;
      o.batch = 100;
      o.epochs = 200;
      o.average = 0;
      return;
    case BiganPreset::steady:
      // Deep and begun steep, since G has to jump from mode to mode; no batch normalization; what each of these is
      // worth is told in the README of methods/bigan.
      o.latent = 2;
      o.hidden = {128, 128, 128, 128};
      o.discriminator_hidden = {200, 200, 200};
      o.unit = Unit::relu;
      o.batch_norm = false;
      o.initializer = nn::Initializer::he_normal;
      o.penalty = bigan::Penalty::both, o.penalty_weight = 0.03;
      o.optimizer.learning_rate = 2e-3, o.optimizer.beta1 = 0, o.optimizer.beta2 = 0.99;
      o.schedule = {nn::Schedule::linear, 0, 0.01};
      o.batch = 300;
      o.steps = 16000;
      return;
    case BiganPreset::cells:
      o.penalty = bigan::Penalty::both;
      o.cycle_weight = 100;
      o.optimizer.learning_rate = 1e-3;
      o.steps = 4000;
      return;
    case BiganPreset::bigan:
      o.latent = 50;
      o.hidden = {1024, 1024};
      o.discriminator_hidden = {1024, 1024};
      o.encoder = bigan::EncoderKind::deterministic;
      o.judge_batch_norm = true;
      o.optimizer.learning_rate = 2e-4, o.optimizer.beta1 = 0.5, o.optimizer.weight_decay = 2.5e-5;
      o.initializer = nn::Initializer::normal, o.initial_scale = 0.02;
      o.scaling = bigan::Scaling::minmax, o.output = bigan::OutputForm::sigmoid;
      o.epochs = 400;
      o.schedule = {nn::Schedule::linear, 0, 0};
      o.average = 0;
      return;
  }
}

bigan::Options BiganSettings::with_length() const {
  bigan::Options options = method;
  const bool is_asked_for = given.contains("steps") || given.contains("epochs");
  if (!is_asked_for && preset == BiganPreset::own) options.min_epochs = 10;
  return options;
}

void BiganSettings::validate() const {
  method.validate();
  const auto require = [](bool ok, const char* option, const char* what, const char* hint) {
    if (!ok) throw InputError("", option, what, hint);
  };
  require(sample >= 0, "--sample", "must not be negative", "0 draws none");
  require(sample > 0 || sample_output.empty(), "--sample-output", "names a file, but nothing is drawn",
          "say how many with --sample");
  require(image_width >= 0, "--image-width", "must not be negative", "0: rows are no images");
  check_layer_name("--reconstruct", reconstruct);
  require(reconstruct.empty() || use_rep.empty(), "--reconstruct", "what is learned from obsm makes no layer",
          "leave one of --reconstruct and --use-rep out");
  check_picture_format(picture_format);
}

namespace {

const std::vector<std::pair<std::string, Unit>> unit_choices = {{"relu", Unit::relu},
                                                                {"leaky-relu", Unit::leaky_relu},
                                                                {"tanh", Unit::tanh},
                                                                {"softplus", Unit::softplus},
                                                                {"maxout", Unit::maxout}};

void add_networks(OptionSet& set, bigan::Options& o) {
  set.add("latent", o.latent, "dimensions of the code z; 2 can be drawn")
      .between(1, 65536)
      .add("hidden", o.hidden,
           "widths of the encoder's hidden layers, first to last, and of the generator's, last to first")
      .between(1, 65536)
      .add("discriminator-hidden", o.discriminator_hidden,
           "widths of the discriminator's, which sees x and z side by side")
      .between(1, 65536)
      .add_choice("unit", o.unit, unit_choices, "of hidden units of encoder and generator")
      .add_choice("discriminator-unit", o.discriminator_unit, unit_choices, "of the discriminator's")
      .add("pieces", o.pieces, "of maxout: a unit is the greatest of so many numbers")
      .between(2, 64)
      .add("slope", o.slope, "of leaky-relu, below 0")
      .between(0, 1)
      .add("batch-norm", o.batch_norm, "batch normalization in encoder and generator")
      .add("discriminator-batch-norm", o.judge_batch_norm,
           "in the discriminator, over pairs of both kinds together; not with a penalty")
      .add_choice(
          "encoder", o.encoder,
          {{"stochastic", bigan::EncoderKind::stochastic}, {"deterministic", bigan::EncoderKind::deterministic}},
          "a Gaussian that the code is drawn from (ALI), or the code itself (BiGAN)")
      .add_choice("output-form", o.output,
                  {{"identity", bigan::OutputForm::identity},
                   {"sigmoid", bigan::OutputForm::sigmoid},
                   {"tanh", bigan::OutputForm::tanh},
                   {"softplus", bigan::OutputForm::softplus}},
                  "the generator's output as it is, or squashed to between 0 and 1, to between -1 and 1, to above 0; "
                  "before --scaling is undone")
      .add_choice("scaling", o.scaling,
                  {{"none", bigan::Scaling::none},
                   {"standardize", bigan::Scaling::standardize},
                   {"minmax", bigan::Scaling::minmax}},
                  "what the networks see of each column: it as it is; less its mean, over its deviation; its range as "
                  "0 to 1. Samples and reconstructions are in the data's own units. Sparse data stays sparse");
}

void add_training(OptionSet& set, bigan::Options& o) {
  set.add_choice(
         "loss", o.generator_loss,
         {{"non-saturating", bigan::GeneratorLoss::non_saturating}, {"saturating", bigan::GeneratorLoss::saturating}},
         "of encoder and generator: the discriminator's with the labels exchanged, or minus the "
         "discriminator's")
      .add("cycle-weight", o.cycle_weight,
           "adds so many times the mean squared x - G(E(x)) a column to it, in units that the networks see (ALICE): "
           "E and G then invert each other where the game alone does not make them")
      .between(0, 1e6)
      .add("label-smoothing", o.label_smoothing, "the discriminator is told 1 less this of an encoder pair")
      .between(0, 0.5)
      .add_choice("penalty", o.penalty,
                  {{"none", bigan::Penalty::none},
                   {"r1", bigan::Penalty::encoder_pairs},
                   {"both", bigan::Penalty::both},
                   {"between", bigan::Penalty::between}},
                  "on the squared length of the discriminator's gradient, which keeps the game from circling: at "
                  "encoder pairs, at pairs of both kinds, or at points between the two; a third to once more time")
      .add("penalty-weight", o.penalty_weight, "gamma: half of it times the mean squared length is added")
      .between(1e-30, 1e6)
      .add("penalty-every", o.penalty_every, "steps from one penalty to the next, which counts as many times")
      .between(1, 1e9)
      .add("spectral-norm", o.spectral_norm, "each of the discriminator's weights over its largest singular value")
      .add("discriminator-steps", o.discriminator_steps, "updates of the discriminator a step, each on rows of its own")
      .between(1, 1000)
      .add("generator-steps", o.generator_steps, "of encoder and generator")
      .between(1, 1000)
      .add_choice("optimizer", o.optimizer.rule,
                  {{"adam", nn::Rule::adam}, {"adamw", nn::Rule::adamw}, {"rmsprop", nn::Rule::rmsprop}},
                  "rule of descent")
      .add("learning-rate", o.optimizer.learning_rate, "of encoder and generator")
      .between(1e-30, 1e30)
      .add("discriminator-rate", o.discriminator_rate, "the discriminator's learning rate, in units of the others'")
      .between(1e-30, 1e6)
      .add("beta1", o.optimizer.beta1, "of adam: memory of the gradient")
      .between(0, 1)
      .add("beta2", o.optimizer.beta2, "of adam: memory of its square")
      .between(0, 1)
      .add("weight-decay", o.optimizer.weight_decay, "L2: pulls weights to 0 by so much of themselves a step")
      .between(0, 1000)
      .add_choice("schedule", o.schedule.kind,
                  {{"constant", nn::Schedule::constant},
                   {"linear", nn::Schedule::linear},
                   {"cosine", nn::Schedule::cosine},
                   {"exponential", nn::Schedule::exponential}},
                  "how the learning rates fall with the steps")
      .add("warmup", o.schedule.warmup, "steps over which they rise from 0")
      .between(0, 1e12)
      .add("final-rate", o.schedule.final_share, "share of them that is left at the last step")
      .between(0, 1)
      .add("average", o.average,
           "memory of the moving average of encoder's and generator's weights, which all outputs come from; 0: of the "
           "last weights")
      .between(0, 1)
      .add_choice("initializer", o.initializer,
                  {{"torch-linear", nn::Initializer::torch_linear},
                   {"normal", nn::Initializer::normal},
                   {"he-normal", nn::Initializer::he_normal},
                   {"he-uniform", nn::Initializer::he_uniform},
                   {"xavier-normal", nn::Initializer::xavier_normal},
                   {"xavier-uniform", nn::Initializer::xavier_uniform}},
                  "first weights")
      .add("initial-scale", o.initial_scale, "multiplies them; of normal: their standard deviation")
      .between(1e-30, 1e6)
      .add("batch", o.batch, "rows of a step's batches, over all ranks")
      .between(3, 1e7)
      .add("steps", o.steps,
           "of training; the default is more on large data, so that every row is taken 10 times (not with a preset)")
      .between(1, 1e12)
      .add("epochs", o.epochs, "if not 0, so many times every row instead of --steps")
      .between(0, 1e9)
      .add("look-every", o.eval_every, "steps from one look at how well it works to the next; 0: fifty looks in all")
      .between(0, 1e12)
      .add("seed", o.seed, "of first weights, batches, codes and samples");
}

}  // namespace

OptionSet bigan_options(BiganSettings& settings) {
  auto& o = settings.method;
  OptionSet set("bigan", "ALI / BiGAN", &settings.given);
  set.add_preset<BiganPreset>(
         "preset", settings.preset,
         {{"own", BiganPreset::own},
          {"ali", BiganPreset::ali},
          {"bigan", BiganPreset::bigan},
          {"steady", BiganPreset::steady},
          {"cells", BiganPreset::cells}},
         [&o](BiganPreset preset) { apply(preset, o); },
         "networks, losses and training as ALI's authors had them for their 2-D toy (ali), as "
         "BiGAN's for permutation-invariant MNIST (bigan), as learns that toy here for any seed tried (steady), or for "
         "log-normalized cells (cells); options named beside it win")
      .add("matrix", settings.matrix, "what is learned from: X, layers/NAME or raw/X")
      .add("feature-types", settings.feature_types, feature_types_help)
      .add("use-rep", settings.use_rep, "an array of obsm instead, X_pca say; empty: --matrix");
  add_networks(set, o);
  add_training(set, o);
  set.add("labels", settings.labels,
          "a categorical obs column: tells whether samples reach all of its labels, and colors the map of codes")
      .add("reference", settings.reference,
           "an .h5ad that this verb wrote: the rows of --input are encoded by its model, as it is; columns go by name. "
           "Empty: learn from the input")
      .reads_file()
      .add("sample", settings.sample, "draw so many samples from the generator into a file of their own")
      .between(0, 1e9)
      .changes_no_result()
      .add("sample-output", settings.sample_output, "its name; empty: OUTPUT.samples.h5ad")
      .writes_file({".h5ad"})
      .add("reconstruct", settings.reconstruct, "write G(E(x)) of every row as a layer of this name; empty: do not")
      .changes_no_result()
      .add("draw-curves", settings.draw_curves, "draw losses, accuracies and distances against steps")
      .changes_no_result()
      .add("draw-samples", settings.draw_samples,
           "draw the codes, colored by --labels; of two columns, samples beside data; of images, see --image-width")
      .changes_no_result()
      .add("image-width", settings.image_width,
           "rows of the matrix are images so many pixels wide: rows, what G(E(x)) makes of them and samples are drawn "
           "as such; 0: they are none")
      .between(0, 1e5)
      .changes_no_result();
  add_picture_options(set, settings.folder, settings.picture_format);
  return set;
}

}  // namespace replearn::cli
