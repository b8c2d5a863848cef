#include "methods/factorize/options.hpp"

#include "base/error.hpp"
#include "nn/model_memory.hpp"

namespace replearn::factorize {

void Options::validate() const {
  require(sample_dims >= 1 && sample_dims <= nn::max_width, "--sample-dims", "must be from 1 to 2^20",
          "2 can be plotted");
  require(gene_dims >= 1 && gene_dims <= nn::max_width, "--gene-dims", "must be from 1 to 2^20", "2 to 100 are usual");
  require(!hidden.empty(), "--hidden", "contains no layer", "give the widths from first to last: 250,75,50,25,10");
  for (const Index width : hidden) require(width <= nn::max_width, "--hidden", "a width above 2^20", "250 is usual");
  for (const Index width : hidden) require(width >= 1, "--hidden", "a width below 1", "use positive integers");
  require(batch_samples >= 0, "--batch-samples", "must not be negative", "0 uses all");
  require(batch_genes >= 0, "--batch-genes", "must not be negative", "0 uses all");
  require(batch_pairs >= 1, "--batch-pairs", "must be at least 1", "10000 is usual");
  require(epochs >= 1, "--epochs", "must be at least 1", "10 is usual");
  require(steps >= 0, "--steps", "must not be negative", "0 uses --epochs");
  optimizer.validate();
  require(schedule.warmup >= 0, "--warmup", "must not be negative", "0 disables it");
  require(schedule.final_share >= 0 && schedule.final_share <= 1, "--final-rate", "must be from 0 to 1",
          "0.1 is usual");
  require(schedule.kind != nn::Schedule::exponential || schedule.final_share > 0, "--final-rate",
          "must be above 0 for an exponential schedule", "0.01 is usual");
  require(clip >= 0, "--clip", "must not be negative", "0 disables it");
  require(dropout >= 0 && dropout < 1, "--dropout", "must be from 0 to below 1", "0.1 to 0.5 are usual");
  require(embedding_noise >= 0, "--embedding-noise", "must not be negative", "0 disables it");
  require(embedding_scale > 0, "--embedding-scale", "must be above 0", "1 is the authors' choice");
  require(holdout >= 0 && holdout < 1, "--holdout", "must be from 0 to below 1", "0.1 is usual");
  require(patience >= 0, "--patience", "must not be negative", "0 never stops");
  require(patience == 0 || holdout > 0, "--patience", "needs held-out entries", "add --holdout 0.1");
  require(loss == Loss::mse || output == Output::linear, "--output-form",
          "a count loss interprets the output as a logarithm", "use --output-form linear, or --loss mse");
}

void apply(Preset preset, Options& o) {
  o.optimizer = {};
  switch (preset) {
    case Preset::replearn: {
      const Options defaults;
      o.sample_dims = defaults.sample_dims, o.gene_dims = defaults.gene_dims;
      o.hidden = defaults.hidden;
      o.output = defaults.output;
      o.batch = defaults.batch;
      o.batch_samples = defaults.batch_samples, o.batch_genes = defaults.batch_genes;
      o.epochs = defaults.epochs, o.steps = defaults.steps;
      return;
    }
    case Preset::published:
      o.sample_dims = 2, o.gene_dims = 2;
      o.hidden = {250, 75, 50, 25, 10};
      o.output = Output::sigmoid;
      o.optimizer.rule = nn::Rule::rmsprop;
      o.optimizer.learning_rate = 1e-3;
      o.optimizer.weight_decay = 1e-5;
      o.batch = BatchKind::pairs;
      o.batch_pairs = 10000;
      o.epochs = 10, o.steps = 0;
      return;
    case Preset::fe_jl:
      o.sample_dims = 2, o.gene_dims = 100;
      o.hidden = {100, 50, 50};
      o.output = Output::linear;
      o.optimizer.rule = nn::Rule::adam;
      o.optimizer.learning_rate = 5e-3;
      o.optimizer.weight_decay = 1e-7;
      o.batch = BatchKind::block;
      o.batch_samples = 4, o.batch_genes = 0;
      o.steps = 1000;
      return;
  }
}

}  // namespace replearn::factorize
