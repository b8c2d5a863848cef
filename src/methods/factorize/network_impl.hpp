#pragma once
#include <algorithm>
#include <cmath>

#include "methods/factorize/network.hpp"

namespace replearn::factorize {

template <class Scalar>
Network<Scalar>::Network(const Shape& with) : shape(with) {
  const auto& hidden = shape.hidden;
  sample_weight = parameters.add("first.sample.weight", hidden.front(), shape.sample_dims);
  gene_weight = parameters.add("first.gene.weight", hidden.front(), shape.gene_dims);
  first_bias = parameters.add("first.bias", 1, hidden.front());
  for (std::size_t l = 1; l < hidden.size(); ++l) {
    layers.emplace_back(parameters, "hidden." + std::to_string(l + 1), hidden[l - 1], hidden[l]);
  }
  layers.emplace_back(parameters, "output", hidden.back(), 1);
  if (shape.loss == Loss::negative_binomial) dispersion = parameters.add("dispersion", 1, shape.genes);
}

template <class Scalar>
void Network<Scalar>::initialize(nn::Initializer kind, std::uint64_t seed, double mean) {
  const Index inputs = shape.sample_dims + shape.gene_dims;
  nn::initialize(parameters, sample_weight, inputs, kind, seed);
  nn::initialize(parameters, gene_weight, inputs, kind, seed);
  nn::initialize(parameters, first_bias, inputs, nn::Initializer::torch_linear, seed);
  for (const auto& layer : layers) {
    nn::initialize(parameters, layer.weight, layer.inputs(), kind, seed);
    nn::initialize(parameters, layer.bias, layer.inputs(), nn::Initializer::torch_linear, seed);
  }
  double start = shape.loss == Loss::mse ? mean : std::log(std::max(mean, 1e-6));
  if (shape.output == Output::sigmoid) {
    const double share = (mean - static_cast<double>(low)) / (static_cast<double>(high) - static_cast<double>(low));
    start = std::log(std::clamp(share, 1e-3, 1 - 1e-3) / (1 - std::clamp(share, 1e-3, 1 - 1e-3)));
  }
  parameters.matrix(layers.back().bias)(0, 0) = static_cast<Scalar>(start);
  if (shape.loss == Loss::negative_binomial) parameters.matrix(dispersion).setConstant(2);  // nearly Poisson
}

}  // namespace replearn::factorize
