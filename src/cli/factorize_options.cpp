#include "cli/factorize_options.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "cli/feature_types.hpp"
#include "cli/layer_name.hpp"
#include "cli/picture_path.hpp"

namespace replearn::cli {
namespace {

void take_logarithms(Matrix& x) {
  const auto log1p = [](float& value) { value = std::log1p(value); };
  if (auto* dense = std::get_if<DistributedMatrix>(&x))
    std::for_each(dense->local.data(), dense->local.data() + dense->local.size(), log1p);
  else
    std::for_each(std::get<SparseRows>(x).values.begin(), std::get<SparseRows>(x).values.end(), log1p);
}

}  // namespace

void FactorizeSettings::validate() const {
  method.validate();
  fit.validate();
  check_layer_name("--impute-layer", impute_layer);
  if (impute_layer.empty()) throw InputError("", "--impute-layer", "is empty", "take a plain word");
  check_picture_format(picture_format);
}

factorize::Options FactorizeSettings::with_length() const {
  factorize::Options options = method;
  const bool is_asked_for = given.contains("epochs") || given.contains("steps");
  if (is_asked_for || preset != factorize::Preset::own) return options;
  options.min_steps = 10'000;
  if (!given.contains("patience")) options.patience_steps = 1'000;
  return options;
}

factorize::Options options_for_data(const FactorizeSettings& settings, Index n, Index m, const Log& log) {
  factorize::Options options = settings.with_length();
  // Blocks of 100 x 100 make steps by the thousand of large data. Of small data as many steps would be hundreds of
  // epochs: small blocks, with a rate and first weights for them, come as far in a tenth of the time.
  constexpr Index small = 10'000'000;
  const bool is_usual = options.loss == factorize::Loss::mse && options.batch == factorize::BatchKind::block;
  if (options.min_steps == 0 || !is_usual || n * m >= small) return options;
  const auto is_default = [&](const char* option) { return !settings.given.contains(option); };
  if (is_default("batch-samples")) options.batch_samples = 32;
  if (is_default("batch-genes")) options.batch_genes = 32;
  if (is_default("initializer")) options.initializer = nn::Initializer::he_normal;
  if (is_default("learning-rate") && is_default("optimizer")) options.optimizer.learning_rate = 1e-2;
  if (is_default("schedule")) options.schedule.kind = nn::Schedule::cosine;
  log.line(format("factorize: %lld x %lld is small: blocks of %lld x %lld, learning rate %g, 10,000 steps or more",
                  static_cast<long long>(n), static_cast<long long>(m), static_cast<long long>(options.batch_samples),
                  static_cast<long long>(options.batch_genes), options.optimizer.learning_rate));
  return options;
}

OptionSet factorize_training_options(FactorizeSettings& settings) {
  using factorize::Preset;
  auto& o = settings.method;
  OptionSet set("factorize", "Factorized embeddings", &settings.given);
  set.add_preset<Preset>(
         "preset", settings.preset, {{"own", Preset::own}, {"published", Preset::published}, {"fe.jl", Preset::fe_jl}},
         [&o](Preset preset) { apply(preset, o); },
         "dimensions, layers, output, batch, rule, rates and length as the authors' PyTorch program has them "
         "(published) or their Julia package (fe.jl); options named beside it win")
      .add("matrix", settings.matrix, "what is learned from: X, layers/NAME or raw/X")
      .add("feature-types", settings.feature_types, feature_types_help)
      .add("log1p", settings.log1p, "learn from log(1 + x)")
      .add_choice(
          "missing", o.missing,
          {{"none", factorize::Missing::none}, {"nan", factorize::Missing::nan}, {"zero", factorize::Missing::zero}},
          "entries that were not observed and are not learned from: none; those that are NaN (in a table also NA "
          "and empty fields); those that are 0, which saves their time too")
      .add("sample-dims", o.sample_dims, "of the space of samples; 2 can be drawn")
      .between(1, 65536)
      .add("gene-dims", o.gene_dims, "of the space of genes")
      .between(1, 65536)
      .add("hidden", o.hidden, "widths of the hidden layers, first to last; time grows with the products of neighbors")
      .between(1, 65536)
      .add_choice("activation", o.activation,
                  {{"relu", nn::Activation::relu},
                   {"leaky-relu", nn::Activation::leaky_relu},
                   {"tanh", nn::Activation::tanh},
                   {"softplus", nn::Activation::softplus}},
                  "of hidden units")
      .add_choice("output-form", o.output,
                  {{"linear", factorize::Output::linear}, {"sigmoid", factorize::Output::sigmoid}},
                  "the network's output as it is, or squashed to the range of the data")
      .add_choice("loss", o.loss,
                  {{"mse", factorize::Loss::mse},
                   {"poisson", factorize::Loss::poisson},
                   {"negative-binomial", factorize::Loss::negative_binomial}},
                  "squared error, or the likelihood of counts (with raw counts, and a dispersion of each gene for the "
                  "last)")
      .add_choice("batch", o.batch, {{"block", factorize::BatchKind::block}, {"pairs", factorize::BatchKind::pairs}},
                  "what a step takes: all entries of some samples and some genes, or entries from everywhere")
      .add("batch-samples", o.batch_samples, "of a block; 0: all")
      .between(0, 1e9)
      .add("batch-genes", o.batch_genes, "of a block; 0: all")
      .between(0, 1e9)
      .add("batch-pairs", o.batch_pairs, "entries of a step of pairs")
      .between(1, 1e9)
      .add("epochs", o.epochs,
           "times that as many entries are taken as the matrix has; the default is more on small data, so that there "
           "are 10,000 steps, and stops early. Below 10,000,000 entries it brings defaults of its own: blocks of 32 x "
           "32, "
           "he-normal, a rate of 0.01 that falls as a cosine")
      .between(1, 1e9)
      .add("steps", o.steps, "if not 0, so many steps instead of --epochs")
      .between(0, 1e12)
      .add_choice("optimizer", o.optimizer.rule,
                  {{"sgd", nn::Rule::sgd},
                   {"rmsprop", nn::Rule::rmsprop},
                   {"adam", nn::Rule::adam},
                   {"adamw", nn::Rule::adamw}},
                  "rule of descent")
      .add("learning-rate", o.optimizer.learning_rate, "of the rule; too high a one lets the loss explode")
      .between(1e-30, 1e30)
      .add("momentum", o.optimizer.momentum, "of sgd and rmsprop")
      .between(0, 1)
      .add("beta1", o.optimizer.beta1, "of adam: memory of the gradient")
      .between(0, 1)
      .add("beta2", o.optimizer.beta2, "of adam: memory of its square")
      .between(0, 1)
      .add_choice("schedule", o.schedule.kind,
                  {{"constant", nn::Schedule::constant},
                   {"linear", nn::Schedule::linear},
                   {"cosine", nn::Schedule::cosine},
                   {"exponential", nn::Schedule::exponential}},
                  "how the learning rate falls with the steps")
      .add("warmup", o.schedule.warmup, "steps over which the learning rate rises from 0")
      .between(0, 1e12)
      .add("final-rate", o.schedule.final_share, "share of the learning rate that is left at the last step")
      .between(0, 1)
      .add("clip", o.clip, "longest gradient, longer ones are shortened to it; 0: any")
      .between(0, 1e30)
      .add("weight-decay", o.optimizer.weight_decay,
           "L2: pulls weights and embeddings to 0 by so much of themselves a step")
      .between(0, 1000)
      .add("l1", o.optimizer.l1, "L1: pulls them to 0 by so much a step, whatever their size")
      .between(0, 1000)
      .add("dropout", o.dropout, "share of hidden units left out at each entry of a step")
      .between(0, 1)
      .add("embedding-noise", o.embedding_noise, "standard deviation of noise on the embeddings in training")
      .between(0, 1e6)
      .add("embedding-scale", o.embedding_scale, "standard deviation of the first embeddings")
      .between(1e-30, 1e6)
      .add_choice("initializer", o.initializer,
                  {{"torch-linear", nn::Initializer::torch_linear},
                   {"he-normal", nn::Initializer::he_normal},
                   {"he-uniform", nn::Initializer::he_uniform},
                   {"xavier-normal", nn::Initializer::xavier_normal},
                   {"xavier-uniform", nn::Initializer::xavier_uniform}},
                  "first weights")
      .add("holdout", o.holdout, "share of the observed entries kept from training, to tell how well it predicts")
      .between(0, 1)
      .add("patience", o.patience,
           "stop after so many epochs without lower held-out loss, and go back to the best; 0: never, but where the "
           "length is a default, after those of 1,000 steps, 3 at least")
      .between(0, 1e9)
      .add("seed", o.seed, "of first weights, batches and what is held out");
  return set;
}

OptionSet factorize_options(FactorizeSettings& settings) {
  OptionSet set = factorize_training_options(settings);
  set.add("reference", settings.reference,
          "an .h5ad that this verb wrote: the samples of --input are placed in its space, network and genes as they "
          "are, each as if it came alone; genes go by name. Empty: learn from the input")
      .reads_file()
      .add("fit-steps", settings.fit.steps, "of that placing")
      .between(1, 1e9)
      .add("fit-learning-rate", settings.fit.learning_rate, "of the same")
      .between(1e-30, 1e30)
      .add("fit-genes", settings.fit.batch_genes, "genes of a step of the same; 0: all")
      .between(0, 1e9)
      .add("fit-starts", settings.fit.starts, "places of the reference that are tried first")
      .between(1, 1e6)
      .add("impute", settings.impute, "write what is predicted for every sample and gene as a layer")
      .changes_no_result()
      .add("impute-layer", settings.impute_layer, "its name")
      .changes_no_result()
      .add("gene-maps", settings.gene_maps,
           "genes whose predicted expression is drawn all over the sample space, a picture each")
      .changes_no_result()
      .add("draw-curves", settings.draw_curves, "draw losses and movement against steps")
      .changes_no_result();
  add_picture_options(set, settings.folder, settings.picture_format);
  return set;
}

const Matrix& matrix_to_learn(const Matrix& given, const FactorizeSettings& settings, Matrix& copy) {
  if (!settings.log1p) return given;
  copy = given;
  take_logarithms(copy);
  return copy;
}

}  // namespace replearn::cli
