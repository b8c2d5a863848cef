#include "app/factorize/factorize.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet factorize_training_options(FactorizeSettings& settings) {
  using factorize::Preset;
  auto& o = settings.method;
  OptionSet set("factorize", "Factorized embeddings", &settings.given);
  set.add_preset<Preset>(
         "preset", settings.preset,
         {{"replearn", Preset::replearn}, {"published", Preset::published}, {"fe.jl", Preset::fe_jl}},
         [&o](Preset preset) { apply(preset, o); },
         "Architecture and training of another program: dimensions, layers, output, batches, optimizer, rates and "
         "length of the authors' PyTorch program (published) or Julia package (fe.jl). Options given explicitly take "
         "precedence")
      .add("matrix", settings.matrix, "Matrix to learn from: X, layers/NAME or raw/X")
      .add("feature-types", settings.feature_types, feature_types_help)
      .add("log1p", settings.log1p, "Learn from log(1 + x)")
      .add_choice(
          "missing", o.missing,
          {{"none", factorize::Missing::none}, {"nan", factorize::Missing::nan}, {"zero", factorize::Missing::zero}},
          "Entries to treat as unobserved and exclude from training. none: all entries are observed; nan: NaN (in a "
          "table also NA and empty fields); zero: zeros, which also saves their computing time")
      .add("sample-dims", o.sample_dims, "Dimensions of the sample embedding; 2 can be drawn")
      .between(1, 65536)
      .add("gene-dims", o.gene_dims, "Dimensions of the gene embedding")
      .between(1, 65536)
      .add("hidden", o.hidden, "Hidden-layer widths, first to last; time grows with the products of adjacent widths")
      .between(1, 65536)
      .add_choice("activation", o.activation, nn::hidden_activation_names, "Activation of hidden units")
      .add_choice("output-form", o.output, factorize::output_names,
                  "Output activation. linear: unbounded; sigmoid: scaled to the range of the data")
      .add_choice("loss", o.loss, factorize::loss_names,
                  "Loss function. mse: squared error; poisson, negative-binomial: negative log-likelihood of raw "
                  "counts, the latter with a dispersion per gene")
      .add_choice("batch", o.batch, {{"block", factorize::BatchKind::block}, {"pairs", factorize::BatchKind::pairs}},
                  "Composition of a minibatch. block: all entries of some samples and some genes; pairs: entries drawn "
                  "from the whole matrix")
      .add("batch-samples", o.batch_samples, "Samples per block with --batch block; 0: all")
      .between(0, 1e9)
      .add("batch-genes", o.batch_genes, "Genes per block with --batch block; 0: all")
      .between(0, 1e9)
      .add("batch-pairs", o.batch_pairs, "Entries per minibatch with --batch pairs")
      .between(1, 1e9)
      .add("epochs", o.epochs,
           "Epochs; one epoch processes as many entries as the matrix has. On small data the default is raised to "
           "reach 10,000 steps, with early stopping; below 10,000,000 entries, blocks of 32 x 32, he-normal "
           "initialization and a learning rate of 0.01 with cosine decay become the defaults")
      .between(1, 1e9)
      .add("steps", o.steps, "Training steps (minibatches), instead of --epochs; auto: use --epochs")
      .between(0, 1e12)
      .add_choice("optimizer", o.optimizer.rule,
                  {{"sgd", nn::Rule::sgd},
                   {"rmsprop", nn::Rule::rmsprop},
                   {"adam", nn::Rule::adam},
                   {"adamw", nn::Rule::adamw}},
                  "Optimizer")
      .add("learning-rate", o.optimizer.learning_rate, "Learning rate; too high and training diverges")
      .between(1e-30, 1e30)
      .add("momentum", o.optimizer.momentum, "Momentum of sgd and rmsprop")
      .between(0, 1);
  add_adam_decay(set, o.optimizer);
  add_schedule(set, o.schedule)
      .add("clip", o.clip, "Maximum gradient norm; larger gradients are rescaled to it. none: no clipping")
      .between(0, 1e30)
      .add("weight-decay", o.optimizer.weight_decay, "L2 weight decay of weights and embeddings; decoupled with adamw")
      .between(0, 1000)
      .add("l1", o.optimizer.l1, "L1 penalty on weights and embeddings")
      .between(0, 1000)
      .add("dropout", o.dropout, "Dropout rate of hidden units, drawn independently per entry")
      .between(0, 1)
      .add("embedding-noise", o.embedding_noise, "Standard deviation of the noise added to embeddings during training")
      .between(0, 1e6)
      .add("embedding-scale", o.embedding_scale, "Standard deviation of the initial embeddings")
      .between(1e-30, 1e6)
      .add_choice("initializer", o.initializer,
                  {{"torch-linear", nn::Initializer::torch_linear},
                   {"he-normal", nn::Initializer::he_normal},
                   {"he-uniform", nn::Initializer::he_uniform},
                   {"xavier-normal", nn::Initializer::xavier_normal},
                   {"xavier-uniform", nn::Initializer::xavier_uniform}},
                  "Weight initialization")
      .add("holdout", o.holdout, "Fraction of the observed entries held out of training to measure prediction")
      .between(0, 1)
      .add("patience", settings.patience,
           "Early stopping: epochs without decrease of the held-out loss after which training stops and the best "
           "weights are restored. auto: off with a preset or explicit training length, otherwise the number of "
           "epochs in 1,000 steps, but at least 3")
      .between(0, 1e9)
      .add("seed", o.seed, "Random seed of initial weights, minibatches and held-out entries");
  set.show_zero_as("none", {"clip", "patience"}).show_zero_as("auto", {"steps"});
  return set;
}

OptionSet factorize_options(FactorizeSettings& settings) {
  OptionSet set = factorize_training_options(settings);
  set.add("reference", settings.reference,
          "Trained model: an .h5ad written by this verb. The samples of --input are embedded independently of each "
          "other, with network and gene embeddings fixed; genes are matched by name. Empty: train on the input")
      .reads_file()
      .add("fit-steps", settings.fit.steps, "Optimization steps for samples embedded with --reference")
      .between(1, 1e9)
      .add("fit-learning-rate", settings.fit.learning_rate, "Learning rate for samples embedded with --reference")
      .between(1e-30, 1e30)
      .add("fit-genes", settings.fit.batch_genes, "Genes per optimization step for samples embedded with --reference")
      .between(0, 1e9)
      .add("fit-starts", settings.fit.starts,
           "Reference positions tried as initial position of each sample embedded with --reference")
      .between(1, 1e6)
      .add("impute", settings.impute, "Write the predicted value of every sample and gene as a layer")
      .changes_no_result()
      .add("impute-layer", settings.impute_layer, "Name of the layer written by --impute")
      .changes_no_result()
      .add("gene-maps", settings.gene_maps,
           "Genes whose predicted expression is drawn across the sample space, one figure per gene")
      .changes_no_result()
      .add("draw-curves", settings.draw_curves, "Plot losses and movement of the embeddings against steps")
      .changes_no_result();
  add_figure_options(set, settings.folder, settings.figure_format);
  set.show_common({"preset", "matrix", "sample-dims", "gene-dims", "hidden", "batch", "epochs", "learning-rate",
                   "weight-decay", "dropout", "reference", "impute", "draw-curves", "seed"})
      .show_zero_as("all", {"fit-genes"})
      .show_empty_as("auto", {"folder"});
  return set;
}

}  // namespace replearn::cli
