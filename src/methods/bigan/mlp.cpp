#include "methods/bigan/mlp.hpp"

#include "nn/elementary.hpp"

namespace replearn::bigan {
namespace {

nn::Activation activation_of(Unit unit) {
  switch (unit) {
    case Unit::relu:
      return nn::Activation::relu;
    case Unit::leaky_relu:
      return nn::Activation::leaky_relu;
    case Unit::tanh:
      return nn::Activation::tanh;
    case Unit::softplus:
      return nn::Activation::softplus;
    case Unit::maxout:
      break;
  }
  return nn::Activation::identity;
}

/// to[0 .. n) += factor * from[0 .. n).
template <class Scalar>
void add_times(Scalar factor, const Scalar* from, Scalar* to, Index n) {
#pragma omp simd
  for (Index k = 0; k < n; ++k) to[k] += factor * from[k];
}

/// phi''(a) as a function of y = phi(a).
template <class Scalar>
Scalar second_derivative(Unit unit, Scalar y) {
  if (unit == Unit::tanh) return -2 * y * (1 - y * y);
  const Scalar below = nn::exponential(-y);  // softplus: phi' = 1 - e^-y, phi'' = phi' (1 - phi')
  return below * (1 - below);
}

}  // namespace

template <class Scalar>
Mlp<Scalar>::Mlp(Parameters& parameters, const std::string& name, const Shape& shape) : shape_(shape) {
  whole_.offset = parameters.size();
  const std::size_t depth = shape.hidden.size();
  const auto layer_name = [&](std::size_t k) { return name + "." + std::to_string(k); };
  const auto add_norm = [&](std::size_t k) {
    if (shape.batch_norm) norms_.emplace_back(parameters, layer_name(k), before_unit(k));
  };
  const Index first = depth == 0 ? shape.outputs : before_unit(0);
  first_weight_ = parameters.add(layer_name(0) + ".weight", shape.inputs, first);
  first_bias_ = parameters.add(layer_name(0) + ".bias", 1, first);
  for (std::size_t k = 0; k < depth; ++k) {
    add_norm(k);
    layers_.emplace_back(parameters, layer_name(k + 1), width(k), k + 1 < depth ? before_unit(k + 1) : shape.outputs);
    maxouts_.emplace_back(shape.pieces);
  }
  whole_.rows = 1;
  whole_.columns = parameters.size() - whole_.offset;
  before_.resize(depth);
  hidden_.resize(depth);
  g_.resize(depth);
  d_.resize(depth);
  bent_.resize(depth);
}

template <class Scalar>
std::vector<nn::Slice> Mlp<Scalar>::weights() const {
  std::vector<nn::Slice> slices = {first_weight_};
  for (const auto& layer : layers_) slices.push_back(layer.weight);
  return slices;
}

template <class Scalar>
std::vector<std::vector<double>*> Mlp<Scalar>::statistics() {
  std::vector<std::vector<double>*> all;
  for (auto& norm : norms_) all.insert(all.end(), {&norm.running_mean, &norm.running_variance});
  return all;
}

template <class Scalar>
void Mlp<Scalar>::initialize(Parameters& parameters, nn::Initializer kind, double scale, std::uint64_t seed) const {
  // The first slice has one row per input. Xavier initialization is symmetric in inputs and outputs; the others depend
  // on the inputs.
  const bool xavier = kind == nn::Initializer::xavier_normal || kind == nn::Initializer::xavier_uniform;
  nn::initialize(parameters, first_weight_, xavier ? first_weight_.columns : shape_.inputs, kind, seed, scale);
  const bool as_torch = kind == nn::Initializer::torch_linear;
  if (as_torch) nn::initialize(parameters, first_bias_, shape_.inputs, kind, seed, scale);
  for (const auto& layer : layers_) {
    nn::initialize(parameters, layer.weight, layer.inputs(), kind, seed, scale);
    if (as_torch) nn::initialize(parameters, layer.bias, layer.inputs(), kind, seed, scale);
  }
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
      rows.noalias() += *patch.dense * part;
      continue;
    }
    const auto& x = *patch.sparse;
    for (Index i = 0; i < x.rows(); ++i) {
      Scalar* to = a.data() + (patch.row + i) * n;
      for (Index at = x.offsets[static_cast<std::size_t>(i)]; at < x.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
        const auto k = static_cast<std::size_t>(at);
        add_times(x.values[k], weight.data() + (patch.column + x.indices[k]) * n, to, n);
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
  const Batch& da = dbefore_;
  const Index n = da.cols();
  nn::add_column_sums<Scalar>(da, parameters.gradient(first_bias_));
  for (const auto& patch : inputs) {
    auto part = gradient.middleRows(patch.column, patch.columns());
    const auto rows = da.middleRows(patch.row, patch.rows());
    if (patch.dense) {
      part.noalias() += patch.dense->transpose() * rows;
      continue;
    }
    const auto& x = *patch.sparse;
    for (Index i = 0; i < x.rows(); ++i) {
      const Scalar* from = da.data() + (patch.row + i) * n;
      for (Index at = x.offsets[static_cast<std::size_t>(i)]; at < x.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
        const auto k = static_cast<std::size_t>(at);
        add_times(x.values[k], from, gradient.data() + (patch.column + x.indices[k]) * n, n);
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
  const bool maxout = shape_.unit == Unit::maxout;
  const std::size_t depth = layers_.size();
  is_bent_ = false;
  outputs_.resize(rows, shape_.outputs);
  if (depth == 0) {
    first_layer(parameters, inputs, outputs_);
    return outputs_;
  }
  for (std::size_t k = 0; k < depth; ++k) {
    Batch& a = maxout ? before_[k] : hidden_[k];
    a.resize(rows, before_unit(k));
    if (k == 0)
      first_layer(parameters, inputs, a);
    else
      layers_[k - 1].forward(parameters, hidden_[k - 1], a);
    if (shape_.batch_norm) norms_[k].forward(comm, parameters, a, a, moves_running);
    if (maxout) {
      hidden_[k].resize(rows, width(k));
      maxouts_[k].forward(a, hidden_[k]);
    } else {
      nn::activate<Scalar>(activation_of(shape_.unit), a, static_cast<Scalar>(shape_.slope));
    }
  }
  layers_.back().forward(parameters, hidden_.back(), outputs_);
  return outputs_;
}

template <class Scalar>
nn::Batch<Scalar> Mlp<Scalar>::apply(const Parameters& parameters, std::span<const Patch<Scalar>> inputs,
                                     Index rows) const {
  const std::size_t depth = layers_.size();
  Batch a(rows, first_weight_.columns);
  first_layer(parameters, inputs, a);
  for (std::size_t k = 0; k < depth; ++k) {
    if (shape_.batch_norm) norms_[k].apply(parameters, a, a);
    if (shape_.unit == Unit::maxout) {
      Batch h(rows, width(k));
      nn::Maxout<Scalar>(shape_.pieces).forward(a, h);
      a.swap(h);
    } else {
      nn::activate<Scalar>(activation_of(shape_.unit), a, static_cast<Scalar>(shape_.slope));
    }
    Batch next(rows, layers_[k].outputs());
    layers_[k].forward(parameters, a, next);
    a.swap(next);
  }
  return a;
}

template <class Scalar>
void Mlp<Scalar>::unit_backward(std::size_t layer, Index row, Batch& dh, Batch& da) const {
  if (shape_.unit == Unit::maxout) {
    da.resize(dh.rows(), before_unit(layer));
    maxouts_[layer].backward(dh, da, row);
    return;
  }
  nn::activation_backward<Scalar>(activation_of(shape_.unit), hidden_[layer].middleRows(row, dh.rows()), dh,
                                  static_cast<Scalar>(shape_.slope));
  da.swap(dh);
}

template <class Scalar>
void Mlp<Scalar>::backward(const mpi::Communicator& comm, Parameters& parameters, std::span<const Patch<Scalar>> inputs,
                           nn::ConstBatchRef<Scalar> dy, bool with_parameters, const Finished& finished) {
  const auto finish = [&](const nn::Slice& slice) {
    if (with_parameters && finished) finished(slice);
  };
  dbefore_ = dy;  // gradient at the current layer
  for (std::size_t k = layers_.size(); k-- > 0;) {
    if (with_parameters) layers_[k].backward_parameters(parameters, hidden_[k], dbefore_);
    finish(layers_[k].whole());
    dhidden_.resize(dbefore_.rows(), width(k));
    layers_[k].backward_input(parameters, dbefore_, dhidden_);
    unit_backward(k, 0, dhidden_, dbefore_);
    if (is_bent_) dbefore_.middleRows(bent_row_, bent_[k].rows()) += bent_[k];
    if (shape_.batch_norm) {
      norms_[k].backward(comm, parameters, dbefore_);
      finish(norms_[k].whole());
    }
  }
  if (with_parameters) first_layer_gradients(parameters, inputs);
  finish({first_weight_.offset, 1, first_bias_.end() - first_weight_.offset});
}

template <class Scalar>
void Mlp<Scalar>::input_gradient(const Parameters& parameters, Index row, Index column, nn::BatchRef<Scalar> dx) const {
  dx.noalias() =
      dbefore_.middleRows(row, dx.rows()) * parameters.matrix(first_weight_).middleRows(column, dx.cols()).transpose();
}

template <class Scalar>
Scalar Mlp<Scalar>::penalize_gradient(Parameters& parameters, Index row, Index rows, Scalar weight) {
  const std::size_t depth = layers_.size();
  const auto first = parameters.matrix(first_weight_);
  if (depth == 0) {  // f = w h_0 + b: the gradient is w
    parameters.gradient(first_weight_) += weight * static_cast<Scalar>(rows) * first;
    return static_cast<Scalar>(rows) * first.squaredNorm();
  }

  // The input gradient g = df/dx, from the last layer to the first.
  const auto top = parameters.matrix(layers_.back().weight);
  dhidden_ = top.replicate(rows, 1);
  for (std::size_t k = depth; k-- > 0;) {
    if (k + 1 < depth) {
      dhidden_.resize(rows, width(k));
      layers_[k].backward_input(parameters, d_[k + 1], dhidden_);
    }
    if (smooth()) g_[k] = dhidden_;
    unit_backward(k, row, dhidden_, d_[k]);
  }

  Batch& g0 = dnext_;
  g0.resize(rows, shape_.inputs);
  g0.noalias() = d_[0] * first.transpose();
  const Scalar length = g0.squaredNorm();

  // The derivative of |g|^2 with respect to the weights, from the first layer to the last.
  g0 *= weight;
  parameters.gradient(first_weight_).noalias() += g0.transpose() * d_[0];
  Batch bar_d(rows, before_unit(0)), bar_g;
  bar_d.noalias() = g0 * first;

  for (std::size_t k = 0; k < depth; ++k) {
    const auto h = hidden_[k].middleRows(row, rows);
    if (shape_.unit == Unit::maxout) {
      bar_g.resize(rows, width(k));
      maxouts_[k].select(bar_d, bar_g, row);
    } else {
      // Smooth units: term of phi'' for backward(), added to the pre-activation gradient.
      if (smooth()) {
        const Unit unit = shape_.unit;
        bent_[k] = bar_d.cwiseProduct(g_[k]).cwiseProduct(
            h.unaryExpr([unit](Scalar y) { return second_derivative(unit, y); }));
      }
      bar_g = bar_d;
      nn::activation_backward<Scalar>(activation_of(shape_.unit), h, bar_g, static_cast<Scalar>(shape_.slope));
    }

    auto gradient = parameters.gradient(layers_[k].weight);
    if (k + 1 == depth) {
      nn::add_column_sums<Scalar>(bar_g, gradient);
    } else {
      gradient.noalias() += d_[k + 1].transpose() * bar_g;
      bar_d.resize(rows, before_unit(k + 1));
      bar_d.noalias() = bar_g * parameters.matrix(layers_[k].weight).transpose();
    }
  }

  is_bent_ = smooth();
  bent_row_ = row;
  return length;
}

template class Mlp<float>;
template class Mlp<double>;

}  // namespace replearn::bigan
