#pragma once
#include <cstdint>
#include <vector>

#include "base/index.hpp"
#include "nn/activation.hpp"
#include "nn/initializer.hpp"
#include "nn/optimizer.hpp"
#include "nn/schedule.hpp"

namespace replearn::factorize {

/// What a step takes: every entry of some samples x some genes, or entries drawn from everywhere.
enum class BatchKind { block, pairs };
/// Entries that were not observed: none, those that are NaN, or those that are 0 (not stored, in a sparse matrix).
enum class Missing { none, nan, zero };
/// The output as it is, or squashed by a sigmoid to the range of the data.
enum class Output { linear, sigmoid };
/// mse: squared error. poisson, negative_binomial: of counts, the output being the logarithm of their mean.
enum class Loss { mse, poisson, negative_binomial };

struct Options {
  Index sample_dims = 2, gene_dims = 2;
  std::vector<Index> hidden = {250, 75, 50, 25, 10};  ///< widths, first to last
  nn::Activation activation = nn::Activation::relu;
  Output output = Output::linear;
  Loss loss = Loss::mse;
  Missing missing = Missing::none;
  BatchKind batch = BatchKind::block;
  Index batch_samples = 100, batch_genes = 100;  ///< of a block; 0: all
  Index batch_pairs = 10000;
  Index epochs = 10;    ///< of as many entries as the matrix has
  Index steps = 0;      ///< if not 0, instead of epochs
  Index min_steps = 0;  ///< by epochs, as many epochs as have so many steps, which small data need
  nn::OptimizerOptions optimizer = {};
  nn::ScheduleOptions schedule = {};
  double clip = 0;             ///< longest gradient; 0: any
  double dropout = 0;          ///< of hidden units
  double embedding_noise = 0;  ///< standard deviation of noise on embeddings in training
  double embedding_scale = 1;  ///< standard deviation of the first embeddings
  nn::Initializer initializer = nn::Initializer::torch_linear;
  double holdout = 0.1;  ///< share of the observed entries kept from training
  Index patience = 0;    ///< epochs without lower held-out loss after which to stop and go back to the best; 0: never
  Index patience_steps = 0;  ///< patience of as many epochs as have so many steps, and 3 at least; 0: by `patience`
  std::uint64_t seed = 0;

  /// Throws InputError naming the option.
  void validate() const;
};

/// published: the authors' PyTorch program; fe_jl: their later Julia package; own: neither.
enum class Preset { own, published, fe_jl };
/// Sets dimensions, layers, output, batch, rule, rates and length as that program has them by default; nothing else.
void apply(Preset preset, Options& options);

}  // namespace replearn::factorize
