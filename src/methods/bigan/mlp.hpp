#pragma once
#include <span>
#include <vector>

#include "base/named_values.hpp"
#include "nn/mlp.hpp"

namespace replearn::bigan {

/// Activation of hidden units. maxout: the maximum of `pieces` linear functions.
enum class Unit { relu, leaky_relu, tanh, softplus, maxout };
inline const NamedValues<Unit> unit_names = {{"relu", Unit::relu},
                                             {"leaky-relu", Unit::leaky_relu},
                                             {"tanh", Unit::tanh},
                                             {"softplus", Unit::softplus},
                                             {"maxout", Unit::maxout}};

/// Shape of a multilayer perceptron.
struct Shape {
  Index inputs = 0;
  std::vector<Index> hidden = {};  ///< widths, first to last; none: one linear layer
  Index outputs = 0;
  Unit unit = Unit::relu;
  Index pieces = 2;    ///< linear pieces per maxout unit
  double slope = 0.2;  ///< slope of leaky_relu below 0
  bool batch_norm = false;
};

/// A rectangular patch of a batch of inputs. x and z of a pair come from different arrays, and real x may be sparse; a
/// network of pairs therefore takes its input in patches, without copying them together.
template <class Scalar>
struct Patch {
  Index row = 0, column = 0;                        ///< position of its upper left corner
  const nn::SparseBatch<Scalar>* sparse = nullptr;  ///< either sparse
  const nn::Batch<Scalar>* dense = nullptr;         ///< or dense
  const nn::Batch<Scalar>* shift = nullptr;         ///< 1 x columns, subtracted from every row of a sparse patch
  Index rows() const { return sparse ? sparse->rows() : dense->rows(); }
  Index columns() const { return sparse ? sparse->columns : dense->cols(); }
};

/// A multilayer perceptron (see nn::Mlp) whose inputs are given in patches. Layout of the flat array:
///
///     NAME.0.weight  inputs x w (transposed, so that a sparse row of x touches whole rows)     NAME.0.bias  1 x w
///     NAME.0.gamma, beta (batch norm)     NAME.1.weight  w' x h     NAME.1.bias  1 x w' ...
///
/// w: the width of the layer, times `pieces` for maxout. Buffers are reused. Forward and backward: 6 flops per weight
/// and row.
template <class Scalar>
class Mlp {
 public:
  using Batch = nn::Batch<Scalar>;
  using Parameters = nn::Parameters<Scalar>;
  using Finished = typename nn::Mlp<Scalar>::Finished;

  Mlp() = default;
  Mlp(Parameters& parameters, const std::string& name, const Shape& shape);
  const Shape& shape() const { return shape_; }
  /// The network's part of the flat array.
  nn::Slice whole() const { return whole_; }
  std::vector<nn::Slice> weights() const;
  std::vector<nn::BatchNorm<Scalar>>& norms() { return later_.norms(); }
  const std::vector<nn::BatchNorm<Scalar>>& norms() const { return later_.norms(); }
  std::vector<std::vector<double>*> statistics() { return later_.statistics(); }
  void initialize(Parameters& parameters, nn::Initializer kind, double scale, std::uint64_t seed) const;

  /// Outputs of a training batch, rows x outputs; kept with all intermediate results for backward. All ranks if there
  /// is batch normalization.
  Batch& forward(const mpi::Communicator& comm, const Parameters& parameters, std::span<const Patch<Scalar>> inputs,
                 Index rows, bool moves_running = true);
  /// Forward pass of the trained network, with running statistics. Local.
  Batch apply(const Parameters& parameters, std::span<const Patch<Scalar>> inputs, Index rows) const;

  /// From dy = dL/d(outputs): adds the gradients of the parameters, if requested (else only those of batch
  /// normalization), and prepares input_gradient. All ranks if there is batch normalization.
  void backward(const mpi::Communicator& comm, Parameters& parameters, std::span<const Patch<Scalar>> inputs,
                nn::ConstBatchRef<Scalar> dy, bool with_parameters = true, const Finished& finished = {});
  /// Writes dL/d(inputs) after backward to dx, for the rows and columns that start at `row` and `column`.
  void input_gradient(const Parameters& parameters, Index row, Index column, nn::BatchRef<Scalar> dx) const;

  /// Adds the gradient of a gradient penalty: with f the only output and rows [row, row + rows) of the last forward
  /// pass, of
  ///
  ///     P = weight / 2 sum over rows |df/dx|^2,    df/dx = d_1 W',    ~d_1 = weight df/dx W,
  ///
  /// W the first weights, inputs x w, d_1 and ~d_1 as in nn::Mlp, which propagates them through the other layers.
  /// Returns the sum of |df/dx|^2. Must be followed by backward() of the same batch; not supported with batch
  /// normalization. Local. 6 flops per weight and row, as much as the step without penalty.
  Scalar penalize_gradient(Parameters& parameters, Index row, Index rows, Scalar weight);

 private:
  void first_layer(const Parameters& parameters, std::span<const Patch<Scalar>> inputs, Batch& a) const;
  void first_layer_gradients(Parameters& parameters, std::span<const Patch<Scalar>> inputs) const;

  Shape shape_;
  nn::Slice whole_, first_weight_, first_bias_;
  nn::Mlp<Scalar> later_;  // the layers after the first
  Batch dinputs_;
};

}  // namespace replearn::bigan
