#pragma once
#include <functional>
#include <span>
#include <vector>

#include "nn/activation.hpp"
#include "nn/batch_norm.hpp"
#include "nn/initializer.hpp"
#include "nn/linear.hpp"
#include "nn/maxout.hpp"
#include "nn/minibatch.hpp"

namespace replearn::bigan {

/// Activation of hidden units. maxout: the maximum of `pieces` linear functions.
enum class Unit { relu, leaky_relu, tanh, softplus, maxout };

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

/// A multilayer perceptron: linear, (batch normalization), unit, repeated; the last layer is linear. Forward and
/// backward pass of a batch, and the gradient of the squared norm of its own gradient. Layout of the flat array:
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
  /// Called for each piece of the flat array when its gradient is complete, from the end to the beginning.
  using Finished = std::function<void(const nn::Slice&)>;

  Mlp() = default;
  Mlp(Parameters& parameters, const std::string& name, const Shape& shape);
  const Shape& shape() const { return shape_; }
  /// The network's part of the flat array.
  nn::Slice whole() const { return whole_; }
  std::vector<nn::Slice> weights() const;
  std::vector<nn::BatchNorm<Scalar>>& norms() { return norms_; }
  const std::vector<nn::BatchNorm<Scalar>>& norms() const { return norms_; }
  /// Running means and variances of batch normalization: the state besides the weights.
  std::vector<std::vector<double>*> statistics();
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

  /// Adds the gradient of a gradient penalty. With f the only output, h_0 the input, a_l = W_l h_(l-1) + b_l, h_l =
  /// phi(a_l), and rows [row, row + rows) of the last forward pass,
  ///
  ///     P = weight / 2 sum over rows |df/dh_0|^2.
  ///
  /// Adds dP/d(parameters) and returns the sum of |df/dh_0|^2. First the gradient, from top to bottom:
  ///
  ///     g_L = w,    d_l = g_l phi'(a_l),    g_(l-1) = d_l W_l,
  ///
  /// then its derivative, from bottom to top (~x denotes dP/dx),
  ///
  ///     ~g_0 = weight g_0,    dP/dW_l = d_l' ~g_(l-1),    ~d_l = ~g_(l-1) W_l',    ~g_l = ~d_l phi'(a_l),
  ///     dP/dw = sum over rows ~g_L,    ~a_l = ~d_l g_l phi''(a_l).
  ///
  /// The ~a_l, which are 0 unless phi is smooth, are propagated by the next backward() of the same batch, which must
  /// follow. Not supported with batch normalization, where the gradient of a row depends on the other rows. Local. 6
  /// flops per weight and row, as much as the step without penalty.
  Scalar penalize_gradient(Parameters& parameters, Index row, Index rows, Scalar weight);

 private:
  Index width(std::size_t layer) const { return shape_.hidden[layer]; }
  Index before_unit(std::size_t layer) const {
    return width(layer) * (shape_.unit == Unit::maxout ? shape_.pieces : 1);
  }
  bool smooth() const { return shape_.unit == Unit::tanh || shape_.unit == Unit::softplus; }
  void first_layer(const Parameters& parameters, std::span<const Patch<Scalar>> inputs, Batch& a) const;
  void first_layer_gradients(Parameters& parameters, std::span<const Patch<Scalar>> inputs) const;
  /// Computes da from dh, for rows starting at `row`.
  void unit_backward(std::size_t layer, Index row, Batch& dh, Batch& da) const;

  Shape shape_;
  nn::Slice whole_, first_weight_, first_bias_;
  std::vector<nn::Linear<Scalar>> layers_;  // after the first layer
  std::vector<nn::BatchNorm<Scalar>> norms_;
  std::vector<nn::Maxout<Scalar>> maxouts_;
  // For the last batch: before the units (maxout only) and after them; gradients of both; the outputs.
  std::vector<Batch> before_, hidden_;
  Batch outputs_, dbefore_, dhidden_, dnext_;
  // For the penalty: g_l, d_l, and ~a_l with its first row.
  std::vector<Batch> g_, d_, bent_;
  Index bent_row_ = 0;
  bool is_bent_ = false;
};

}  // namespace replearn::bigan
