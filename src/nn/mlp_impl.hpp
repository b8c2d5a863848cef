#pragma once
#include "nn/mlp.hpp"

namespace replearn::nn {

template <class Scalar>
Mlp<Scalar>::Mlp(Parameters& parameters, const std::vector<std::string>& names, const MlpShape& shape) : shape_(shape) {
  for (std::size_t k = 0; k < depth(); ++k) {
    if (shape.batch_norm)
      norms_.emplace_back(parameters, names[k], before_unit(k), shape.norm_momentum, shape.norm_epsilon);
    if (k + 1 < depth())
      layers_.emplace_back(parameters, names[k + 1], width(k), before_unit(k + 1));
    else if (shape.outputs > 0)
      layers_.emplace_back(parameters, names[k + 1], width(k), shape.outputs);
    maxouts_.emplace_back(shape.pieces);
  }
  for (auto* batches : {&before_, &hidden_, &masks_, &g_, &d_, &bent_}) batches->resize(depth());
}

template <class Scalar>
std::vector<std::vector<double>*> Mlp<Scalar>::statistics() {
  std::vector<std::vector<double>*> all;
  for (auto& norm : norms_) all.insert(all.end(), {&norm.running_mean, &norm.running_variance});
  return all;
}

template <class Scalar>
void Mlp<Scalar>::initialize(Parameters& parameters, Initializer kind, std::uint64_t seed, double scale) const {
  for (const auto& layer : layers_) {
    nn::initialize(parameters, layer.weight, layer.inputs(), kind, seed, scale);
    if (kind == Initializer::torch_linear) {
      nn::initialize(parameters, layer.bias, layer.inputs(), kind, seed, scale);
    }
  }
}

template <class Scalar>
Batch<Scalar>& Mlp<Scalar>::first(Index rows) {
  Batch& a = depth() == 0 ? outputs_ : has_maxout() ? before_[0] : hidden_[0];
  a.resize(rows, shape_.first_width());
  return a;
}

template <class Scalar>
void Mlp<Scalar>::draw_masks(const Dropout& dropout, std::size_t layer) {
  auto& mask = masks_[layer];
  mask.resize(static_cast<Index>(dropout.places.size()), width(layer));
  draw_dropout_masks<Scalar>(dropout, static_cast<std::uint64_t>(layer), mask);
}

template <class Scalar>
Batch<Scalar>& Mlp<Scalar>::forward(const mpi::Communicator& comm, const Parameters& parameters, const Dropout& dropout,
                                    bool moves_running) {
  is_bent_ = false;
  dropout_rate_ = dropout.rate;
  for (std::size_t k = 0; k < depth(); ++k) {
    Batch& a = has_maxout() ? before_[k] : hidden_[k];
    if (k > 0) {
      a.resize(hidden_[k - 1].rows(), before_unit(k));
      layers_[k - 1].forward(parameters, hidden_[k - 1], a);
    }
    if (shape_.batch_norm) norms_[k].forward(comm, parameters, a, a, moves_running);
    if (has_maxout()) {
      hidden_[k].resize(a.rows(), width(k));
      maxouts_[k].forward(a, hidden_[k]);
    } else {
      activate<Scalar>(shape_.activation, a, static_cast<Scalar>(shape_.slope));
    }
    if (dropout.rate == 0) continue;
    draw_masks(dropout, k);
    hidden_[k].array() *= masks_[k].array();
  }
  if (depth() == 0) return outputs_;
  if (shape_.outputs == 0) return hidden_.back();
  outputs_.resize(hidden_.back().rows(), shape_.outputs);
  layers_.back().forward(parameters, hidden_.back(), outputs_);
  return outputs_;
}

template <class Scalar>
void Mlp<Scalar>::apply(const Parameters& parameters, Batch& a) const {
  for (std::size_t k = 0; k < depth(); ++k) {
    if (shape_.batch_norm) norms_[k].apply(parameters, a, a);
    if (has_maxout()) {
      Batch h(a.rows(), width(k));
      Maxout<Scalar>(shape_.pieces).forward(a, h);
      a.swap(h);
    } else {
      activate<Scalar>(shape_.activation, a, static_cast<Scalar>(shape_.slope));
    }
    if (k == layers_.size()) return;
    Batch next(a.rows(), layers_[k].outputs());
    layers_[k].forward(parameters, a, next);
    a.swap(next);
  }
}

template <class Scalar>
void Mlp<Scalar>::unit_backward(std::size_t layer, Index row, Batch& dh, Batch& da) const {
  if (has_maxout()) {
    da.resize(dh.rows(), before_unit(layer));
    maxouts_[layer].backward(dh, da, row);
    return;
  }
  activation_backward<Scalar>(shape_.activation, hidden_[layer].middleRows(row, dh.rows()), dh,
                              static_cast<Scalar>(shape_.slope));
  da.swap(dh);
}

template <class Scalar>
void Mlp<Scalar>::backward(const mpi::Communicator& comm, Parameters& parameters, ConstBatchRef<Scalar> dy,
                           const Finished& finished, bool with_parameters) {
  const auto finish = [&](const Slice& slice) {
    if (with_parameters && finished) finished(slice);
  };
  da_ = dy;
  for (std::size_t k = depth(); k-- > 0;) {
    if (k < layers_.size()) {
      if (with_parameters) layers_[k].backward_parameters(parameters, hidden_[k], da_);
      finish(layers_[k].whole());
      dh_.resize(da_.rows(), width(k));
      layers_[k].backward_input(parameters, da_, dh_);
    } else {
      dh_.swap(da_);
    }
    if (dropout_rate_ > 0) {
      // The dropout scaling is undone before f' is computed from the value; dropped units have no gradient.
      dh_.array() *= masks_[k].array();
      hidden_[k] *= static_cast<Scalar>(1 - dropout_rate_);
    }
    unit_backward(k, 0, dh_, da_);
    if (is_bent_) da_.middleRows(bent_row_, bent_[k].rows()) += bent_[k];
    if (shape_.batch_norm) {
      norms_[k].backward(comm, parameters, da_);
      finish(norms_[k].whole());
    }
  }
}

}  // namespace replearn::nn
