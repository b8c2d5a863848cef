#pragma once
#include <algorithm>

#include "methods/factorize/pass.hpp"
#include "nn/activation.hpp"
#include "nn/dropout.hpp"
#include "nn/elementary.hpp"
#include "nn/loss.hpp"

namespace replearn::factorize {

template <class Scalar>
void Pass<Scalar>::resize(const Network<Scalar>& network) {
  const auto& hidden = network.shape.hidden;
  if (activations_.size() == hidden.size() && activations_.front().cols() == hidden.front()) return;
  activations_.clear(), gradients_.clear(), masks_.clear();
  for (const Index width : hidden) {
    activations_.emplace_back(tile, width);
    gradients_.emplace_back(tile, width);
    masks_.emplace_back();
  }
  for (auto* row : {&output_, &doutput_, &target_, &theta_, &dtheta_}) row->setZero(1, tile);
}

template <class Scalar>
void Pass<Scalar>::begin(const Network<Scalar>& network, nn::ConstBatchRef<Scalar> samples,
                         nn::ConstBatchRef<Scalar> genes) {
  resize(network);
  const auto& parameters = network.parameters;
  u_.resize(samples.rows(), network.first_width());
  nn::product_with_transpose<Scalar>(samples, parameters.matrix(network.sample_weight), u_);
  u_.rowwise() += parameters.matrix(network.first_bias).row(0);
  v_.resize(genes.rows(), network.first_width());
  nn::product_with_transpose<Scalar>(genes, parameters.matrix(network.gene_weight), v_);
  du_.setZero(u_.rows(), u_.cols());
  dv_.setZero(v_.rows(), v_.cols());
}

template <class Scalar>
void Pass<Scalar>::forward(const Network<Scalar>& network, const Entries<Scalar>& entries, Index begin, Index count,
                           const Dropout& dropout) {
  const auto& shape = network.shape;
  const Index width = network.first_width();
  auto& first = activations_.front();
  const bool relu = shape.activation == nn::Activation::relu;
  for (Index t = 0; t < count; ++t) {
    const auto at = static_cast<std::size_t>(begin + t);
    const Scalar *u = u_.data() + entries.sample[at] * width, *v = v_.data() + entries.gene[at] * width;
    Scalar* sum = first.data() + t * width;
    if (relu) {
#pragma omp simd
      for (Index k = 0; k < width; ++k) {
        const Scalar value = u[k] + v[k];
        sum[k] = value > 0 ? value : Scalar(0);
      }
    } else {
#pragma omp simd
      for (Index k = 0; k < width; ++k) sum[k] = u[k] + v[k];
    }
  }
  if (!relu) nn::activate<Scalar>(shape.activation, first.topRows(count));
  for (std::size_t l = 0; l < activations_.size(); ++l) {
    auto a = activations_[l].topRows(count);
    if (l > 0) {
      const auto& layer = network.layers[l - 1];
      nn::product_with_transpose<Scalar>(activations_[l - 1].topRows(count), network.parameters.matrix(layer.weight),
                                         a);
      nn::add_bias_and_activate<Scalar>(shape.activation, network.parameters.matrix(layer.bias), a);
    }
    if (dropout.rate > 0) {
      masks_[l].resize(tile, a.cols());
      for (Index t = 0; t < count; ++t) {
        const auto number = static_cast<std::uint64_t>(entries.number[begin + t]);
        const std::uint64_t draw = dropout.step * activations_.size() + l;
        nn::draw_dropout_mask<Scalar>(dropout.seed, draw, number, dropout.rate, masks_[l].data() + t * a.cols(),
                                      a.cols());
      }
      a.array() *= masks_[l].topRows(count).array();
    }
  }
  const auto& last = network.layers.back();
  const Scalar bias = network.parameters.matrix(last.bias)(0, 0);
  output_.leftCols(count).transpose().noalias() =
      activations_.back().topRows(count) * network.parameters.matrix(last.weight).row(0).transpose();
  output_.leftCols(count).array() += bias;
}

template <class Scalar>
double Pass<Scalar>::output_loss(Network<Scalar>* gradients, const Network<Scalar>& network,
                                 const Entries<Scalar>& entries, Index begin, Index count,
                                 const std::vector<Index>& gene_of) {
  const auto x = Eigen::Map<const Batch>(entries.x.data() + begin, 1, count);
  auto y = output_.leftCols(count);
  auto dy = doutput_.leftCols(count);
  switch (network.shape.loss) {
    case Loss::mse: {
      if (network.shape.output == Output::linear) return nn::squared_error<Scalar>(y, x, 1, dy);
      nn::activate<Scalar>(nn::Activation::sigmoid, y);
      const Scalar range = network.high - network.low;
      auto squashed = target_.leftCols(count);
      squashed = (network.low + range * y.array()).matrix();
      const double loss = nn::squared_error<Scalar>(squashed, x, 1, dy);
      dy.array() *= range * y.array() * (1 - y.array());
      return loss;
    }
    case Loss::poisson:
      return nn::poisson_loss<Scalar>(y, x, 1, dy);
    case Loss::negative_binomial: {
      const auto dispersion = network.parameters.matrix(network.dispersion);
      const auto gene = [&](Index t) { return gene_of[entries.gene[begin + t]]; };
      for (Index t = 0; t < count; ++t) theta_(0, t) = dispersion(0, gene(t));
      dtheta_.setZero();
      const double loss =
          nn::negative_binomial_loss<Scalar>(y, theta_.leftCols(count), x, 1, dy, dtheta_.leftCols(count));
      if (gradients) {
        auto ddispersion = gradients->parameters.gradient(network.dispersion);
        for (Index t = 0; t < count; ++t) ddispersion(0, gene(t)) += dtheta_(0, t);
      }
      return loss;
    }
  }
  return 0;
}

template <class Scalar>
void Pass<Scalar>::backward(Network<Scalar>& network, const Entries<Scalar>& entries, Index begin, Index count,
                            bool frozen, double rate) {
  auto& parameters = network.parameters;
  const auto& last = network.layers.back();
  const auto dy = doutput_.leftCols(count);
  if (!frozen) {
    parameters.gradient(last.weight).row(0).noalias() += dy.row(0) * activations_.back().topRows(count);
    parameters.gradient(last.bias)(0, 0) += dy.sum();
  }
  const auto weight = parameters.matrix(last.weight);
  {
    auto& da = gradients_.back();
    const Index width = da.cols();
    for (Index t = 0; t < count; ++t) {
      const Scalar d = dy(0, t);
      Scalar* row = da.data() + t * width;
#pragma omp simd
      for (Index k = 0; k < width; ++k) row[k] = d * weight(0, k);
    }
  }
  // The dropout scaling is undone before f' is computed from the value; dropped units have no gradient.
  const auto unmask = [&](std::size_t l) {
    gradients_[l].topRows(count).array() *= masks_[l].topRows(count).array();
    activations_[l].topRows(count) *= static_cast<Scalar>(1 - rate);
  };
  // da_l becomes the gradient with respect to the pre-activation, then to the layer below.
  for (std::size_t l = activations_.size(); l-- > 1;) {
    auto da = gradients_[l].topRows(count);
    if (rate > 0) unmask(l);
    const auto& layer = network.layers[l - 1];
    nn::activation_backward<Scalar>(network.shape.activation, activations_[l].topRows(count), da);
    if (!frozen) layer.backward_parameters(parameters, activations_[l - 1].topRows(count), da);
    layer.backward_input(parameters, da, gradients_[l - 1].topRows(count));
  }
  auto& first = gradients_.front();
  const Index width = network.first_width();
  if (rate > 0) unmask(0);
  const bool relu = network.shape.activation == nn::Activation::relu;
  if (!relu) {
    nn::activation_backward<Scalar>(network.shape.activation, activations_.front().topRows(count),
                                    first.topRows(count));
  }
  for (Index t = 0; t < count; ++t) {
    const auto at = static_cast<std::size_t>(begin + t);
    Scalar *du = du_.data() + entries.sample[at] * width, *dv = dv_.data() + entries.gene[at] * width;
    const Scalar *d = first.data() + t * width, *a = activations_.front().data() + t * width;
    if (relu) {
#pragma omp simd
      for (Index k = 0; k < width; ++k) {
        const Scalar g = a[k] > 0 ? d[k] : Scalar(0);
        du[k] += g;
        dv[k] += g;
      }
    } else {
#pragma omp simd
      for (Index k = 0; k < width; ++k) {
        du[k] += d[k];
        dv[k] += d[k];
      }
    }
  }
}

template <class Scalar>
double Pass<Scalar>::add_gradients(Network<Scalar>& network, const Entries<Scalar>& entries,
                                   const std::vector<Index>& gene_of, const Dropout& dropout, bool frozen) {
  double loss = 0;
  for (Index begin = 0; begin < entries.size(); begin += tile) {
    const Index count = std::min(tile, entries.size() - begin);
    forward(network, entries, begin, count, dropout);
    loss += output_loss(frozen ? nullptr : &network, network, entries, begin, count, gene_of);
    backward(network, entries, begin, count, frozen, dropout.rate);
  }
  return loss;
}

template <class Scalar>
void Pass<Scalar>::finish(Network<Scalar>& network, nn::ConstBatchRef<Scalar> samples, nn::ConstBatchRef<Scalar> genes,
                          nn::BatchRef<Scalar> dsamples, nn::BatchRef<Scalar> dgenes) {
  auto& parameters = network.parameters;
  nn::add_transposed_product<Scalar>(du_, samples, parameters.gradient(network.sample_weight));
  nn::add_transposed_product<Scalar>(dv_, genes, parameters.gradient(network.gene_weight));
  nn::add_column_sums<Scalar>(du_, parameters.gradient(network.first_bias));
  finish_samples(network, dsamples);
  nn::product<Scalar>(dv_, parameters.matrix(network.gene_weight), dgenes);
}

template <class Scalar>
void Pass<Scalar>::finish_samples(const Network<Scalar>& network, nn::BatchRef<Scalar> dsamples) {
  nn::product<Scalar>(du_, network.parameters.matrix(network.sample_weight), dsamples);
}

template <class Scalar>
Scalar Pass<Scalar>::prediction(const Network<Scalar>& network, Scalar output) const {
  if (network.shape.loss != Loss::mse) return nn::exponential(output);
  if (network.shape.output == Output::linear) return output;
  return network.low + (network.high - network.low) * nn::sigmoid(output);
}

template <class Scalar>
void Pass<Scalar>::predict(const Network<Scalar>& network, const Entries<Scalar>& entries,
                           std::vector<Scalar>& predicted) {
  predicted.resize(entries.sample.size());
  for (Index begin = 0; begin < entries.size(); begin += tile) {
    const Index count = std::min(tile, entries.size() - begin);
    forward(network, entries, begin, count, {});
    for (Index t = 0; t < count; ++t) {
      predicted[begin + t] = prediction(network, output_(0, t));
    }
  }
}

template <class Scalar>
double Pass<Scalar>::predict_with_loss(const Network<Scalar>& network, const Entries<Scalar>& entries,
                                       const std::vector<Index>& gene_of, std::vector<Scalar>& predicted) {
  predicted.resize(entries.sample.size());
  double loss = 0;
  for (Index begin = 0; begin < entries.size(); begin += tile) {
    const Index count = std::min(tile, entries.size() - begin);
    forward(network, entries, begin, count, {});
    for (Index t = 0; t < count; ++t) {
      predicted[begin + t] = prediction(network, output_(0, t));
    }
    loss += output_loss(nullptr, network, entries, begin, count, gene_of);
  }
  return loss;
}

}  // namespace replearn::factorize
