#pragma once
#include <cstdint>
#include <vector>

#include "methods/factorize/options.hpp"
#include "nn/linear.hpp"

namespace replearn::factorize {

/// Everything that determines the layout of a network's weights.
struct Shape {
  Index sample_dims = 2, gene_dims = 2;
  std::vector<Index> hidden = {};
  nn::Activation activation = nn::Activation::relu;
  Output output = Output::linear;
  Loss loss = Loss::mse;
  Index genes = 0;  ///< m, for the dispersions of negative_binomial
};

/// The network g of x^_ij = g(z_i, z_j), with its weights in one flat array in this order:
///
///     first.sample.weight  h1 x sample_dims      first.gene.weight  h1 x gene_dims      first.bias  1 x h1
///     hidden.2.weight  h2 x h1      hidden.2.bias  1 x h2      ...      output.weight  1 x hL      output.bias  1 x 1
///     dispersion  1 x m  (negative_binomial only: the logarithm of each gene's theta)
template <class Scalar>
struct Network {
  Network() = default;
  explicit Network(const Shape& shape);

  Shape shape;
  nn::Parameters<Scalar> parameters;
  nn::Slice sample_weight, gene_weight, first_bias, dispersion;
  std::vector<nn::Linear<Scalar>> layers;  ///< from the second hidden layer to the output
  Scalar low = 0, high = 1;                ///< range of the data, for Output::sigmoid

  Index first_width() const { return shape.hidden.front(); }
  /// Parts of the flat array that belong to the first layer and to the other layers.
  nn::Slice first_whole() const { return {0, 1, first_bias.end()}; }
  nn::Slice rest_whole() const { return {first_bias.end(), 1, parameters.size() - first_bias.end()}; }
  /// Initial weights; biases as drawn by PyTorch. mean: of the data, the initial output.
  void initialize(nn::Initializer kind, std::uint64_t seed, double mean);
};

/// A set of entries of the matrix, by position in a list of samples and a list of genes.
template <class Scalar>
struct Entries {
  std::vector<std::int32_t> sample, gene;  ///< positions in these lists
  std::vector<Scalar> x;                   ///< observed values
  std::vector<std::uint32_t> number;       ///< index in the step over all ranks, by which dropout is drawn
  Index size() const { return static_cast<Index>(sample.size()); }
  void clear() { sample.clear(), gene.clear(), x.clear(), number.clear(); }
};

/// Dropout masks of hidden units, drawn by (seed, step, index of the entry).
struct Dropout {
  double rate = 0;
  std::uint64_t seed = 0, step = 0;
};

/// Forward and backward pass of a list of entries. The first layer is linear in the concatenation of the embeddings,
///
///     W [z_i; z_j] + b = (W_s z_i + b) + W_g z_j = u_i + v_j,
///
/// so u is computed once per sample and v once per gene, and an entry costs h1 additions instead of h1 (sample_dims +
/// gene_dims) multiplications. In the backward pass, with d_ij the gradient of that sum,
///
///     du_i = sum_j d_ij,   dv_j = sum_i d_ij,
///     dW_s = du' z_s,  dW_g = dv' z_g,  db = sum_i du_i,  dz_s = du W_s,  dz_g = dv W_g:
///
/// first sums over entries, then one product per sample and per gene. Entries pass through the other layers in tiles
/// that fit in the cache. For widths h: 6 sum h_l h_(l+1) flops per entry. Local. Buffers are reused.
template <class Scalar>
class Pass {
 public:
  using Batch = nn::Batch<Scalar>;

  /// Computes u and v of these embeddings: samples S x sample_dims, genes G x gene_dims.
  void begin(const Network<Scalar>& network, nn::ConstBatchRef<Scalar> samples, nn::ConstBatchRef<Scalar> genes);
  /// Adds the gradients of the summed losses of the entries: those of all layers but the first to the network, those of
  /// u and v to this object. gene_of: for each gene of the list its row in the network's dispersions
  /// (negative_binomial). frozen: without gradients of the network. Returns the sum of losses.
  double add_gradients(Network<Scalar>& network, const Entries<Scalar>& entries, const std::vector<Index>& gene_of,
                       const Dropout& dropout, bool frozen = false);
  /// From du and dv: gradients of the first layer, added to the network; dsamples (S x sample_dims) and dgenes (G x
  /// gene_dims) are overwritten.
  void finish(Network<Scalar>& network, nn::ConstBatchRef<Scalar> samples, nn::ConstBatchRef<Scalar> genes,
              nn::BatchRef<Scalar> dsamples, nn::BatchRef<Scalar> dgenes);
  /// Computes dsamples alone, for a frozen network.
  void finish_samples(const Network<Scalar>& network, nn::BatchRef<Scalar> dsamples);
  /// Predictions x^ of the entries: for a count loss, the means.
  void predict(const Network<Scalar>& network, const Entries<Scalar>& entries, std::vector<Scalar>& predicted);
  /// Predicts and returns the sum of losses, without a second pass through the layers.
  double predict_with_loss(const Network<Scalar>& network, const Entries<Scalar>& entries,
                           const std::vector<Index>& gene_of, std::vector<Scalar>& predicted);

  /// Number of entries processed together.
  static constexpr Index tile = 256;

 private:
  void resize(const Network<Scalar>& network);
  Scalar prediction(const Network<Scalar>& network, Scalar output) const;
  void forward(const Network<Scalar>& network, const Entries<Scalar>& entries, Index begin, Index count,
               const Dropout& dropout);
  double output_loss(Network<Scalar>* gradients, const Network<Scalar>& network, const Entries<Scalar>& entries,
                     Index begin, Index count, const std::vector<Index>& gene_of);
  void backward(Network<Scalar>& network, const Entries<Scalar>& entries, Index begin, Index count, bool frozen,
                double rate);

  Batch u_, v_, du_, dv_;
  std::vector<Batch> activations_, gradients_, masks_;  ///< for each hidden layer, tile x width
  Batch output_, doutput_, target_, theta_, dtheta_;    ///< 1 x tile
};

}  // namespace replearn::factorize
