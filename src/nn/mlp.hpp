#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nn/activation.hpp"
#include "nn/batch_norm.hpp"
#include "nn/dropout.hpp"
#include "nn/initializer.hpp"
#include "nn/linear.hpp"
#include "nn/maxout.hpp"

namespace replearn::nn {

/// Shape of a multilayer perceptron after its first layer.
struct MlpShape {
  std::vector<Index> hidden = {};  ///< widths, first to last; none: the first layer is the only one
  Index outputs = 0;               ///< of the last, linear layer; 0: none, the result is the last hidden layer
  Activation activation = Activation::relu;
  double slope = 0.01;  ///< slope of leaky_relu below 0
  Index pieces = 1;     ///< above 1: maxout units of this many linear pieces, instead of the activation
  bool batch_norm = false;
  double norm_momentum = 0.1, norm_epsilon = 1e-5;

  Index first_width() const { return hidden.empty() ? outputs : hidden[0] * pieces; }
};

/// A multilayer perceptron: linear, (batch normalization), unit, (dropout), repeated; the last layer is linear. Its
/// first linear layer is the caller's, since models differ in it: inputs may be sparse, or come from several arrays.
///
///     layer.forward(parameters, x, mlp.first(rows));
///     y = mlp.forward(comm, parameters);
///     mlp.backward(comm, parameters, dy);
///     layer.backward_parameters(parameters, x, mlp.first_gradient());
///
/// Layout of the flat array, after the caller's NAME0.weight and NAME0.bias:
///
///     NAME0.gamma, beta (batch norm)     NAME1.weight  outputs x inputs     NAME1.bias  1 x outputs ...
///
/// Buffers are reused. Forward and backward: 6 flops per weight and row.
template <class Scalar>
class Mlp {
 public:
  using Batch = nn::Batch<Scalar>;
  using Parameters = nn::Parameters<Scalar>;
  /// Called for each piece of the flat array when its gradient is complete, from the end to the beginning.
  using Finished = std::function<void(const Slice&)>;

  Mlp() = default;
  /// names: of all layers, the caller's first.
  Mlp(Parameters& parameters, const std::vector<std::string>& names, const MlpShape& shape);
  const MlpShape& shape() const { return shape_; }
  /// The layers after the first.
  const std::vector<Linear<Scalar>>& layers() const { return layers_; }
  std::vector<BatchNorm<Scalar>>& norms() { return norms_; }
  const std::vector<BatchNorm<Scalar>>& norms() const { return norms_; }
  /// Running means and variances of batch normalization: the state besides the weights.
  std::vector<std::vector<double>*> statistics();
  /// Initial weights of the layers after the first; biases are 0 except with torch_linear. Local.
  void initialize(Parameters& parameters, Initializer kind, std::uint64_t seed, double scale = 1) const;

  /// Where the first layer of a training batch writes its outputs, rows x first_width.
  Batch& first(Index rows);
  /// The rest of the forward pass. The result stays in place, with all that backward needs, until the next batch.
  /// moves_running: see BatchNorm. All ranks if there is batch normalization.
  Batch& forward(const mpi::Communicator& comm, const Parameters& parameters, const Dropout& dropout = {},
                 bool moves_running = true);
  const Batch& result() const { return depth() > 0 && shape_.outputs == 0 ? hidden_.back() : outputs_; }
  /// From dy = dL/d(result): adds the gradients of all parameters after the first layer, if requested (else only those
  /// of batch normalization), and computes first_gradient(). All ranks if there is batch normalization.
  void backward(const mpi::Communicator& comm, Parameters& parameters, ConstBatchRef<Scalar> dy,
                const Finished& finished = {}, bool with_parameters = true);
  /// dL/d(outputs of the first layer) after backward.
  const Batch& first_gradient() const { return da_; }
  /// Forward pass of the trained network, with running statistics and without dropout, in place: from the outputs of
  /// the first layer to the result. Local.
  void apply(const Parameters& parameters, Batch& a) const;

  /// The two halves of a gradient penalty, whose gradient is one through the backward pass ("double backpropagation",
  /// Drucker and LeCun 1992). With f the only output, a_1 the output of the first layer, h_l = phi(a_l),
  /// a_(l+1) = W_l h_l + b_l, and rows [row, row + rows) of the last forward pass, first the gradient, from the last
  /// layer to the first:
  ///
  ///     g_L = w,    d_l = g_l phi'(a_l),    g_(l-1) = d_l W_(l-1).
  ///
  /// Returns d_1 = df/da_1, rows x first_width. Needs hidden layers, and no batch normalization, where the gradient of
  /// a row depends on the other rows, or dropout. Local.
  const Batch& gradient_of_output(const Parameters& parameters, Index row, Index rows);
  /// From ~d_1 = dP/dd_1 of a penalty P, its derivative, from the first layer to the last (~x denotes dP/dx),
  ///
  ///     ~g_l = ~d_l phi'(a_l),    dP/dW_l = d_(l+1)' ~g_l,    ~d_(l+1) = ~g_l W_l',    dP/dw = sum over rows ~g_L,
  ///     ~a_l = ~d_l g_l phi''(a_l).
  ///
  /// Adds dP/d(parameters) of the layers after the first. The ~a_l, which are 0 unless phi is smooth, are propagated by
  /// the next backward() of the same batch, which must follow. Local.
  void penalize_gradient(Parameters& parameters, Batch& dpenalty);

 private:
  std::size_t depth() const { return shape_.hidden.size(); }
  bool has_maxout() const { return shape_.pieces > 1; }
  bool is_smooth() const {
    return !has_maxout() && (shape_.activation == Activation::tanh || shape_.activation == Activation::softplus);
  }
  Index width(std::size_t layer) const { return shape_.hidden[layer]; }
  Index before_unit(std::size_t layer) const { return width(layer) * shape_.pieces; }
  void draw_masks(const Dropout& dropout, std::size_t layer);
  /// Computes da from dh, for rows starting at `row`. dh is used up.
  void unit_backward(std::size_t layer, Index row, Batch& dh, Batch& da) const;

  MlpShape shape_;
  std::vector<Linear<Scalar>> layers_;
  std::vector<BatchNorm<Scalar>> norms_;
  std::vector<Maxout<Scalar>> maxouts_;
  // For the last batch: before the units (maxout only) and after them; dropout masks; outputs; gradients before and
  // after the current unit.
  std::vector<Batch> before_, hidden_, masks_;
  Batch outputs_, da_, dh_;
  double dropout_rate_ = 0;
  // For the penalty: g_l, d_l, and ~a_l with its first row.
  std::vector<Batch> g_, d_, bent_;
  Index bent_row_ = 0;
  bool is_bent_ = false;
};

}  // namespace replearn::nn
