#pragma once
#include <optional>
#include <string>

#include "methods/vae/shape.hpp"
#include "nn/batch_norm.hpp"

namespace replearn::vae {

/// Dropout masks of a step: by (seed, step, layer, place of the row in the step).
struct Dropout {
  double rate = 0;
  std::uint64_t seed = 0, step = 0;
  std::span<const std::uint64_t> places = {};  ///< of the rows
};

/// What follows the product of a hidden layer: batch norm (over the batches of all ranks), activation, dropout, as in
/// scVI's fully connected layers. Its epsilon 1e-3 and momentum 0.01 are scVI's.
template <class Scalar>
class Hidden {
 public:
  Hidden() = default;
  Hidden(nn::Parameters<Scalar>& parameters, const std::string& name, Index units, const Shape& shape, int layer)
      : activation_(shape.activation), layer_(layer) {
    if (shape.batch_norm) norm.emplace(parameters, name, units, 0.01, 1e-3);
  }
  std::optional<nn::BatchNorm<Scalar>> norm;

  /// The product becomes the layer's output, in place. In training all ranks, and one reduction, with batch norm.
  void forward(const mpi::Communicator& comm, const nn::Parameters<Scalar>& parameters, const Dropout& dropout,
               nn::Batch<Scalar>& y);
  /// dy = dL/doutput becomes dL/dproduct. y: as forward left it; changed. All ranks likewise.
  void backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters, nn::Batch<Scalar>& y,
                nn::Batch<Scalar>& dy);
  /// Forward by the running statistics, without dropout. Local.
  void apply(const nn::Parameters<Scalar>& parameters, nn::Batch<Scalar>& y) const;

 private:
  nn::Activation activation_ = nn::Activation::relu;
  int layer_ = 0;
  double rate_ = 0;
  nn::Batch<Scalar> mask_;
};

}  // namespace replearn::vae
