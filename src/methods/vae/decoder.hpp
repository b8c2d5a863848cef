#pragma once
#include <vector>

#include "methods/vae/hidden.hpp"
#include "methods/vae/likelihood.hpp"
#include "nn/gradient_sum.hpp"
#include "nn/linear.hpp"

namespace replearn::vae {

/// p(x|z): hidden layers over z and the one-hot conditions, then a linear map to the outputs of each gene; no dropout,
/// as in scVI. With no hidden layer, that map alone.
template <class Scalar>
class Decoder {
 public:
  Decoder() = default;
  Decoder(nn::Parameters<Scalar>& parameters, const Shape& shape);
  void initialize(nn::Parameters<Scalar>& parameters, std::uint64_t seed) const;

  /// The sum over the cells of -log p(x|z). In training all ranks with batch norm; keeps what backward needs. scale:
  /// what gradients are multiplied with.
  double forward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                 nn::ConstBatchRef<Scalar> z, Scalar scale);
  /// Gradient by z (B x q). Adds the gradients of all weights, and starts their sums over ranks.
  void backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                nn::GradientSum<Scalar>& sum, nn::Batch<Scalar>& dz);
  /// The outputs once trained, by running statistics; logarithms of means where there are shares. Local.
  void apply(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells, nn::ConstBatchRef<Scalar> z,
             Outputs<Scalar>& outputs) const;
  /// Each cell's -log p(x|z), from those. Local.
  void losses(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells, const Outputs<Scalar>& outputs,
              std::vector<double>& of_cells) const;

  std::vector<Hidden<Scalar>> hidden;
  nn::Slice dispersion;  ///< no rows: the likelihood has none
  const nn::Slice& output_bias() const { return output_.bias; }

 private:
  void inputs_of(const Cells<Scalar>& cells, nn::ConstBatchRef<Scalar> z, nn::Batch<Scalar>& inputs) const;

  Shape shape_;
  std::vector<nn::Linear<Scalar>> layers_;  // to the hidden layers
  nn::Linear<Scalar> output_, zero_;
  std::vector<nn::Batch<Scalar>> y_, dy_;  // the inputs, then the hidden layers
  Outputs<Scalar> outputs_, gradients_;
};

}  // namespace replearn::vae
