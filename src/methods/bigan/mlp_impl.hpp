#pragma once
#include "methods/bigan/mlp.hpp"

namespace replearn::bigan {
namespace detail {

inline nn::MlpShape later_shape(const Shape& shape) {
  nn::MlpShape later{.hidden = shape.hidden, .outputs = shape.outputs, .slope = shape.slope};
  later.batch_norm = shape.batch_norm;
  switch (shape.unit) {
    case Unit::relu:
      later.activation = nn::Activation::relu;
      break;
    case Unit::leaky_relu:
      later.activation = nn::Activation::leaky_relu;
      break;
    case Unit::tanh:
      later.activation = nn::Activation::tanh;
      break;
    case Unit::softplus:
      later.activation = nn::Activation::softplus;
      break;
    case Unit::maxout:
      later.activation = nn::Activation::identity;
      later.pieces = shape.pieces;
      break;
  }
  return later;
}

/// to[0 .. n) += factor * from[0 .. n).
template <class Scalar>
void add_times(Scalar factor, const Scalar* from, Scalar* to, Index n) {
#pragma omp simd
  for (Index k = 0; k < n; ++k) to[k] += factor * from[k];
}

}  // namespace detail

template <class Scalar>
Mlp<Scalar>::Mlp(Parameters& parameters, const std::string& name, const Shape& shape) : shape_(shape) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k <= shape.hidden.size(); ++k) names.push_back(name + "." + std::to_string(k));
  const nn::MlpShape later = detail::later_shape(shape);
  whole_.offset = parameters.size();
  first_weight_ = parameters.add(names[0] + ".weight", shape.inputs, later.first_width());
  first_bias_ = parameters.add(names[0] + ".bias", 1, later.first_width());
  later_ = nn::Mlp<Scalar>(parameters, names, later);
  whole_.rows = 1;
  whole_.columns = parameters.size() - whole_.offset;
}

template <class Scalar>
std::vector<nn::Slice> Mlp<Scalar>::weights() const {
  std::vector<nn::Slice> slices = {first_weight_};
  for (const auto& layer : later_.layers()) slices.push_back(layer.weight);
  return slices;
}

template <class Scalar>
void Mlp<Scalar>::initialize(Parameters& parameters, nn::Initializer kind, double scale, std::uint64_t seed) const {
  // The first slice has one row per input. Xavier initialization is symmetric in inputs and outputs; the others depend
  // on the inputs.
  const bool xavier = kind == nn::Initializer::xavier_normal || kind == nn::Initializer::xavier_uniform;
  nn::initialize(parameters, first_weight_, xavier ? first_weight_.columns : shape_.inputs, kind, seed, scale);
  if (kind == nn::Initializer::torch_linear) {
    nn::initialize(parameters, first_bias_, shape_.inputs, kind, seed, scale);
  }
  later_.initialize(parameters, kind, seed, scale);
}

template <class Scalar>
void Mlp<Scalar>::first_layer(const Parameters& parameters, std::span<const Patch<Scalar>> inputs, Batch& a) const {
  const auto weight = parameters.matrix(first_weight_);
  const Index n = a.cols();
  a.rowwise() = parameters.matrix(first_bias_).row(0);
  for (const auto& patch : inputs) {
    const auto part = weight.middleRows(patch.column, patch.columns());
    auto rows = a.middleRows(patch.row, patch.rows());
    if (patch.dense) {
      nn::add_product<Scalar>(*patch.dense, part, rows);
      continue;
    }
    const auto& x = *patch.sparse;
    for (Index i = 0; i < x.rows(); ++i) {
      Scalar* to = a.data() + (patch.row + i) * n;
      for (Index at = x.offsets[i]; at < x.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
        const auto k = static_cast<std::size_t>(at);
        detail::add_times(x.values[k], weight.data() + (patch.column + x.indices[k]) * n, to, n);
      }
    }
    if (patch.shift) {
      const Eigen::Matrix<Scalar, 1, Eigen::Dynamic> off = *patch.shift * part;
      rows.rowwise() -= off;
    }
  }
}

template <class Scalar>
void Mlp<Scalar>::first_layer_gradients(Parameters& parameters, std::span<const Patch<Scalar>> inputs) const {
  auto gradient = parameters.gradient(first_weight_);
  const Batch& da = later_.first_gradient();
  const Index n = da.cols();
  nn::add_column_sums<Scalar>(da, parameters.gradient(first_bias_));
  for (const auto& patch : inputs) {
    auto part = gradient.middleRows(patch.column, patch.columns());
    const auto rows = da.middleRows(patch.row, patch.rows());
    if (patch.dense) {
      nn::add_transposed_product<Scalar>(*patch.dense, rows, part);
      continue;
    }
    const auto& x = *patch.sparse;
    for (Index i = 0; i < x.rows(); ++i) {
      const Scalar* from = da.data() + (patch.row + i) * n;
      for (Index at = x.offsets[i]; at < x.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
        const auto k = static_cast<std::size_t>(at);
        detail::add_times(x.values[k], from, gradient.data() + (patch.column + x.indices[k]) * n, n);
      }
    }
    if (patch.shift) {
      const Eigen::Matrix<Scalar, 1, Eigen::Dynamic> sums = rows.colwise().sum();
      part.noalias() -= patch.shift->transpose() * sums;
    }
  }
}

template <class Scalar>
nn::Batch<Scalar>& Mlp<Scalar>::forward(const mpi::Communicator& comm, const Parameters& parameters,
                                        std::span<const Patch<Scalar>> inputs, Index rows, bool moves_running) {
  first_layer(parameters, inputs, later_.first(rows));
  return later_.forward(comm, parameters, {}, moves_running);
}

template <class Scalar>
nn::Batch<Scalar> Mlp<Scalar>::apply(const Parameters& parameters, std::span<const Patch<Scalar>> inputs,
                                     Index rows) const {
  Batch a(rows, first_weight_.columns);
  first_layer(parameters, inputs, a);
  later_.apply(parameters, a);
  return a;
}

template <class Scalar>
void Mlp<Scalar>::backward(const mpi::Communicator& comm, Parameters& parameters, std::span<const Patch<Scalar>> inputs,
                           nn::ConstBatchRef<Scalar> dy, bool with_parameters, const Finished& finished) {
  later_.backward(comm, parameters, dy, finished, with_parameters);
  if (!with_parameters) return;
  first_layer_gradients(parameters, inputs);
  if (finished) finished({first_weight_.offset, 1, first_bias_.end() - first_weight_.offset});
}

template <class Scalar>
void Mlp<Scalar>::input_gradient(const Parameters& parameters, Index row, Index column, nn::BatchRef<Scalar> dx) const {
  nn::product_with_transpose<Scalar>(later_.first_gradient().middleRows(row, dx.rows()),
                                     parameters.matrix(first_weight_).middleRows(column, dx.cols()), dx);
}

template <class Scalar>
Scalar Mlp<Scalar>::penalize_gradient(Parameters& parameters, Index row, Index rows, Scalar weight) {
  const auto first = parameters.matrix(first_weight_);
  if (shape_.hidden.empty()) {  // f = w x + b: the gradient is w
    parameters.gradient(first_weight_) += weight * static_cast<Scalar>(rows) * first;
    return static_cast<Scalar>(rows) * first.squaredNorm();
  }

  // The gradient with respect to the inputs.
  const Batch& d1 = later_.gradient_of_output(parameters, row, rows);
  dinputs_.resize(rows, shape_.inputs);
  nn::product_with_transpose<Scalar>(d1, first, dinputs_);
  const Scalar length = dinputs_.squaredNorm();

  // The derivative of its squared norm with respect to the weights.
  dinputs_ *= weight;
  nn::add_transposed_product<Scalar>(dinputs_, d1, parameters.gradient(first_weight_));
  Batch dpenalty(rows, first.cols());
  nn::product<Scalar>(dinputs_, first, dpenalty);
  later_.penalize_gradient(parameters, dpenalty);
  return length;
}

}  // namespace replearn::bigan
