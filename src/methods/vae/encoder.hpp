#pragma once
#include "methods/vae/cells.hpp"
#include "methods/vae/hidden_layers.hpp"
#include "nn/gradient_sum.hpp"
#include "nn/input_layer.hpp"

namespace replearn::vae {

/// The encoder q(z|x) = N(mean, diag(variance)): hidden layers over x (log1p of counts; with the conditions if
/// requested), then a linear map to the mean and the logarithm of the variance of each of q latent dimensions. Without
/// hidden layers, that map alone.
template <class Scalar>
class Encoder {
 public:
  Encoder() = default;
  Encoder(nn::Parameters<Scalar>& parameters, const Shape& shape);
  void initialize(nn::Parameters<Scalar>& parameters, std::uint64_t seed) const;

  /// Returns B x 2 q: means, then logarithms of variances. All ranks in training with batch norm; stores the
  /// activations for backward.
  const nn::Batch<Scalar>& forward(const mpi::Communicator& comm, const nn::Parameters<Scalar>& parameters,
                                   const Cells<Scalar>& cells, const Dropout& dropout);
  /// doutput: B x 2 q. Adds the gradients of all weights and starts their sums over ranks.
  void backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                const nn::Batch<Scalar>& doutput, nn::GradientSum<Scalar>& sum);
  /// Forward pass of the trained encoder: running statistics, no dropout. Local.
  void apply(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells, nn::Batch<Scalar>& output) const;
  std::vector<nn::BatchNorm<Scalar>>& norms() { return later_.norms(); }
  const std::vector<nn::BatchNorm<Scalar>>& norms() const { return later_.norms(); }

 private:
  void first_layer(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells, nn::Batch<Scalar>& y) const;

  nn::InputLayer<Scalar> first_;  // into the first hidden layer, or the output
  nn::Mlp<Scalar> later_;
};

}  // namespace replearn::vae
