#pragma once
#include <vector>

#include "methods/vae/likelihood.hpp"
#include "nn/gradient_sum.hpp"
#include "nn/mlp.hpp"

namespace replearn::vae {

/// The decoder p(x|z): hidden layers over z and the one-hot conditions, then a linear map to the outputs of each gene;
/// no dropout, as in scVI. Without hidden layers, that map alone.
template <class Scalar>
class Decoder {
 public:
  Decoder() = default;
  Decoder(nn::Parameters<Scalar>& parameters, const Shape& shape);
  void initialize(nn::Parameters<Scalar>& parameters, std::uint64_t seed) const;

  /// Sum over the cells of -log p(x|z). All ranks in training with batch norm; stores the activations for backward.
  /// scale: factor on all gradients.
  double forward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                 nn::ConstBatchRef<Scalar> z, Scalar scale);
  /// Gradient with respect to z (B x q). Adds the gradients of all weights and starts their sums over ranks.
  void backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                nn::GradientSum<Scalar>& sum, nn::Batch<Scalar>& dz);
  /// Outputs of the trained decoder, with running statistics; logarithms of means where the outputs are shares. Local.
  void apply(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells, nn::ConstBatchRef<Scalar> z,
             Outputs<Scalar>& outputs) const;
  /// -log p(x|z) of each cell from these outputs. Local.
  void losses(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells, const Outputs<Scalar>& outputs,
              std::vector<double>& cell_losses) const;

  std::vector<nn::BatchNorm<Scalar>>& norms() { return hidden_.norms(); }
  const std::vector<nn::BatchNorm<Scalar>>& norms() const { return hidden_.norms(); }
  nn::Slice dispersion;  ///< no rows if the likelihood has no dispersion
  const nn::Slice& output_bias() const { return output_.bias; }

 private:
  void inputs_of(const Cells<Scalar>& cells, nn::ConstBatchRef<Scalar> z, nn::Batch<Scalar>& inputs) const;
  bool has_hidden() const { return !shape_.decoder.empty(); }
  /// The last hidden units of the last batch; without hidden layers, its inputs.
  const nn::Batch<Scalar>& last() const { return has_hidden() ? hidden_.result() : inputs_; }
  /// The outputs of each gene from the last hidden units.
  void output_layers(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                     const nn::Batch<Scalar>& last, Outputs<Scalar>& outputs) const;

  Shape shape_;
  nn::Linear<Scalar> first_;  // into the first hidden layer
  nn::Mlp<Scalar> hidden_;
  nn::Linear<Scalar> output_, zero_;
  nn::Batch<Scalar> inputs_, dlast_, dinputs_;
  Outputs<Scalar> outputs_, gradients_;
};

}  // namespace replearn::vae
