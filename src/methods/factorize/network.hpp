#pragma once
#include <cstdint>
#include <vector>

#include "methods/factorize/options.hpp"
#include "nn/linear.hpp"

namespace replearn::factorize {

/// Everything that determines the layout of a network's weights.
struct Shape {
  Index sample_dims = 2, gene_dims = 2;
  std::vector<Index> hidden = {};
  nn::Activation activation = nn::Activation::relu;
  Output output = Output::linear;
  Loss loss = Loss::mse;
  Index genes = 0;  ///< m, for the dispersions of negative_binomial
};

/// The network g of x^_ij = g(z_i, z_j), with its weights in one flat array in this order:
///
///     first.sample.weight  h1 x sample_dims      first.gene.weight  h1 x gene_dims      first.bias  1 x h1
///     hidden.2.weight  h2 x h1      hidden.2.bias  1 x h2      ...      output.weight  1 x hL      output.bias  1 x 1
///     dispersion  1 x m  (negative_binomial only: the logarithm of each gene's theta)
template <class Scalar>
struct Network {
  Network() = default;
  explicit Network(const Shape& shape);

  Shape shape;
  nn::Parameters<Scalar> parameters;
  nn::Slice sample_weight, gene_weight, first_bias, dispersion;
  std::vector<nn::Linear<Scalar>> layers;  ///< from the second hidden layer to the output
  Scalar low = 0, high = 1;                ///< range of the data, for Output::sigmoid

  Index first_width() const { return shape.hidden.front(); }
  /// Parts of the flat array that belong to the first layer and to the other layers.
  nn::Slice first_whole() const { return {0, 1, first_bias.end()}; }
  nn::Slice rest_whole() const { return {first_bias.end(), 1, parameters.size() - first_bias.end()}; }
  /// Initial weights; biases as drawn by PyTorch. mean: of the data, the initial output.
  void initialize(nn::Initializer kind, std::uint64_t seed, double mean);
};

/// A set of entries of the matrix, by position in a list of samples and a list of genes.
template <class Scalar>
struct Entries {
  std::vector<std::int32_t> sample, gene;  ///< positions in these lists
  std::vector<Scalar> x;                   ///< observed values
  std::vector<std::uint32_t> number;       ///< index in the step over all ranks, by which dropout is drawn
  Index size() const { return static_cast<Index>(sample.size()); }
  void clear() { sample.clear(), gene.clear(), x.clear(), number.clear(); }
};

}  // namespace replearn::factorize
