#pragma once
#include <cstdint>

#include "nn/parameters.hpp"

namespace replearn::nn {

/// Weight initialization of an outputs x inputs matrix.
enum class Initializer {
  zeros,           ///< 0
  normal,          ///< N(0, scale^2)
  uniform,         ///< U(-scale, scale)
  xavier_uniform,  ///< Glorot and Bengio 2010: U(+-scale sqrt(6 / (inputs + outputs)))
  xavier_normal,   ///< N(0, scale^2 2 / (inputs + outputs))
  he_uniform,      ///< He et al. 2015, for ReLU: U(+-scale sqrt(6 / inputs))
  he_normal,       ///< N(0, scale^2 2 / inputs)
  torch_linear,    ///< PyTorch's default for linear layers, weights and biases: U(+-scale / sqrt(inputs))
};

/// Fills a slice row by row from (seed, offset of the row in the flat array), identical on every rank. inputs: fan-in
/// (passed explicitly, since a bias has none of its own). Local.
template <class Scalar>
void initialize(Parameters<Scalar>& parameters, const Slice& slice, Index inputs, Initializer kind, std::uint64_t seed,
                double scale = 1);

}  // namespace replearn::nn
