#pragma once
#include <cstdint>
#include <vector>

#include "base/index.hpp"
#include "base/named_values.hpp"
#include "nn/activation.hpp"
#include "nn/initializer.hpp"
#include "nn/optimizer.hpp"
#include "nn/schedule.hpp"

namespace replearn::factorize {

/// Batch of a step: every entry of some samples x some genes, or entries drawn from the whole matrix.
enum class BatchKind { block, pairs };
/// Unobserved entries: none, those that are NaN, or those that are 0 (not stored, in a sparse matrix).
enum class Missing { none, nan, zero };
/// Output of the network: linear, or a sigmoid scaled to the range of the data.
enum class Output { linear, sigmoid };
inline const NamedValues<Output> output_names = {{"linear", Output::linear}, {"sigmoid", Output::sigmoid}};
/// mse: squared error. poisson, negative_binomial: likelihood of counts; the output is the logarithm of their mean.
enum class Loss { mse, poisson, negative_binomial };
inline const NamedValues<Loss> loss_names = {
    {"mse", Loss::mse}, {"poisson", Loss::poisson}, {"negative-binomial", Loss::negative_binomial}};

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
  Index epochs = 10;    ///< an epoch takes as many entries as the matrix has
  Index steps = 0;      ///< if not 0, replaces epochs
  Index min_steps = 0;  ///< minimum number of steps of a length given in epochs, for small data
  nn::OptimizerOptions optimizer = {};
  nn::ScheduleOptions schedule = {};
  double clip = 0;             ///< maximum gradient norm; 0: none
  double dropout = 0;          ///< dropout rate of hidden units
  double embedding_noise = 0;  ///< standard deviation of the noise on embeddings in training
  double embedding_scale = 1;  ///< standard deviation of the initial embeddings
  nn::Initializer initializer = nn::Initializer::torch_linear;
  double holdout = 0.1;      ///< fraction of the observed entries held out from training
  Index patience = 0;        ///< epochs without lower held-out loss before stopping and restoring the best; 0: never
  Index patience_steps = 0;  ///< patience equivalent to this many steps, and at least 3 epochs; 0: by `patience`
  std::uint64_t seed = 0;

  /// Throws InputError naming the option.
  void validate() const;
};

/// published: the authors' PyTorch program; fe_jl: their later Julia package; replearn: this program's defaults.
enum class Preset { replearn, published, fe_jl };
/// Sets dimensions, layers, output, batch, optimizer, rates and length to that program's defaults, and nothing else.
void apply(Preset preset, Options& options);

}  // namespace replearn::factorize
