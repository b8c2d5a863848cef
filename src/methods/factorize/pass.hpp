#pragma once
#include "methods/factorize/network.hpp"

namespace replearn::factorize {

/// Dropout masks of hidden units, drawn by (seed, step, index of the entry).
struct Dropout {
  double rate = 0;
  std::uint64_t seed = 0, step = 0;
};

/// Samples predicted or fitted together: the gene half of the first layer is computed once for all of them.
constexpr Index samples_per_pass = 128;

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
/// that fit in the cache; they are not an nn::Mlp, since sum and activation of the first layer are one loop over the
/// entries of a tile, as are their derivatives, and weights may be frozen. For widths h: 6 sum h_l h_(l+1) flops per
/// entry. Local. Buffers are reused.
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
