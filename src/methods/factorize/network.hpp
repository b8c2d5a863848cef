#pragma once
#include <cstdint>
#include <vector>

#include "methods/factorize/options.hpp"
#include "nn/linear.hpp"

namespace replearn::factorize {

/// What fixes the layout of a network's weights.
struct Shape {
  Index sample_dims = 2, gene_dims = 2;
  std::vector<Index> hidden = {};
  nn::Activation activation = nn::Activation::relu;
  Output output = Output::linear;
  Loss loss = Loss::mse;
  Index genes = 0;  ///< m; for the dispersions of negative_binomial
};

/// The network g of x^_ij = g(z_i, z_j), its weights in one flat array in this order:
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
  std::vector<nn::Linear<Scalar>> layers;  ///< the second hidden one to the output
  Scalar low = 0, high = 1;                ///< range of the data, for Output::sigmoid

  Index first_width() const { return shape.hidden.front(); }
  /// The pieces of the flat array that the first layer and the others have.
  nn::Slice first_whole() const { return {0, 1, first_bias.end()}; }
  nn::Slice rest_whole() const { return {first_bias.end(), 1, parameters.size() - first_bias.end()}; }
  /// First weights; biases as PyTorch draws them. mean: of the data, which the output begins with.
  void initialize(nn::Initializer kind, std::uint64_t seed, double mean);
};

/// Some entries of the matrix, by their places in a list of samples and one of genes.
template <class Scalar>
struct Entries {
  std::vector<std::int32_t> sample, gene;  ///< places in those lists
  std::vector<Scalar> x;                   ///< observed values
  std::vector<std::uint32_t> number;       ///< in the step, over all ranks: what dropout is drawn by
  Index size() const { return static_cast<Index>(sample.size()); }
  void clear() { sample.clear(), gene.clear(), x.clear(), number.clear(); }
};

/// Masks of hidden units by (seed, step, number of the entry).
struct Dropout {
  double rate = 0;
  std::uint64_t seed = 0, step = 0;
};

/// Forward and backward of a list of entries. The first layer is linear in the concatenation of the embeddings,
///
///     W [z_i; z_j] + b = (W_s z_i + b) + W_g z_j = u_i + v_j,
///
/// so u is computed once a sample and v once a gene, and an entry costs h1 additions instead of h1 (sample_dims +
/// gene_dims) multiplications. Backwards, with d_ij the gradient of that sum,
///
///     du_i = sum_j d_ij,   dv_j = sum_i d_ij,
///     dW_s = du' z_s,  dW_g = dv' z_g,  db = sum_i du_i,  dz_s = du W_s,  dz_g = dv W_g:
///
/// sums over entries first, products once a sample and once a gene. Entries go through the other layers in tiles that
/// stay in the cache. A network of widths h: 6 sum h_l h_(l+1) flops an entry. Local. Keeps its buffers.
template <class Scalar>
class Pass {
 public:
  using Batch = nn::Batch<Scalar>;

  /// u and v of these embeddings: samples S x sample_dims, genes G x gene_dims.
  void begin(const Network<Scalar>& network, nn::ConstBatchRef<Scalar> samples, nn::ConstBatchRef<Scalar> genes);
  /// Adds the gradients of the sum of losses over the entries: all but the first layer's to the network, those of u and
  /// v to this. gene_of: of each gene of the list, its row in the network's dispersions (negative_binomial). frozen: no
  /// gradients of the network. Returns the sum of losses.
  double add_gradients(Network<Scalar>& network, const Entries<Scalar>& entries, const std::vector<Index>& gene_of,
                       const Dropout& dropout, bool frozen = false);
  /// From du and dv: gradients of the first layer, added to the network; dsamples (S x sample_dims) and dgenes
  /// (G x gene_dims), overwritten.
  void finish(Network<Scalar>& network, nn::ConstBatchRef<Scalar> samples, nn::ConstBatchRef<Scalar> genes,
              nn::BatchRef<Scalar> dsamples, nn::BatchRef<Scalar> dgenes);
  /// The same for samples alone.
  void finish_samples(const Network<Scalar>& network, nn::BatchRef<Scalar> dsamples);
  /// x^ of each entry: of a count loss, the mean.
  void predict(const Network<Scalar>& network, const Entries<Scalar>& entries, std::vector<Scalar>& predicted);
  /// The same; returns the sum of losses, which costs no second way through the layers.
  double predict_with_loss(const Network<Scalar>& network, const Entries<Scalar>& entries,
                           const std::vector<Index>& gene_of, std::vector<Scalar>& predicted);

  /// Entries that go through the layers together.
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
  std::vector<Batch> activations_, gradients_, masks_;  ///< of each hidden layer, tile x width
  Batch output_, doutput_, target_, theta_, dtheta_;    ///< 1 x tile
};

}  // namespace replearn::factorize
