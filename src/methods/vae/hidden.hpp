#pragma once
#include <optional>
#include <string>

#include "methods/vae/shape.hpp"
#include "nn/batch_norm.hpp"

namespace replearn::vae {

/// Dropout masks of a step, drawn by (seed, step, layer, position of the row in the step).
struct Dropout {
  double rate = 0;
  std::uint64_t seed = 0, step = 0;
  std::span<const std::uint64_t> places = {};  ///< positions of the rows in the step
};

/// The part of a hidden layer after the matrix product: batch norm (over the batches of all ranks), activation,
/// dropout, as in scVI's fully connected layers, with its epsilon of 1e-3 and momentum of 0.01.
template <class Scalar>
class Hidden {
 public:
  Hidden() = default;
  Hidden(nn::Parameters<Scalar>& parameters, const std::string& name, Index units, const Shape& shape, int layer)
      : activation_(shape.activation), layer_(layer) {
    if (shape.batch_norm) norm.emplace(parameters, name, units, 0.01, 1e-3);
  }
  std::optional<nn::BatchNorm<Scalar>> norm;

  /// Converts the product to the layer's output in place. All ranks in training with batch norm, which takes one
  /// reduction.
  void forward(const mpi::Communicator& comm, const nn::Parameters<Scalar>& parameters, const Dropout& dropout,
               nn::Batch<Scalar>& y);
  /// Converts dy = dL/doutput to dL/dproduct. y: as left by forward; modified. All ranks, as forward.
  void backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters, nn::Batch<Scalar>& y,
                nn::Batch<Scalar>& dy);
  /// Forward with running statistics and without dropout. Local.
  void apply(const nn::Parameters<Scalar>& parameters, nn::Batch<Scalar>& y) const;

 private:
  nn::Activation activation_ = nn::Activation::relu;
  int layer_ = 0;
  double rate_ = 0;
  nn::Batch<Scalar> mask_;
};

}  // namespace replearn::vae
