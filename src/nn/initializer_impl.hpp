#pragma once
#include <cmath>

#include "base/random.hpp"
#include "nn/initializer.hpp"

namespace replearn::nn {
namespace detail {

/// Half-width of the uniform distribution, or standard deviation of the normal one.
inline double spread(Initializer kind, double inputs, double outputs) {
  switch (kind) {
    case Initializer::zeros:
      return 0;
    case Initializer::normal:
    case Initializer::uniform:
      return 1;
    case Initializer::xavier_uniform:
      return std::sqrt(6 / (inputs + outputs));
    case Initializer::xavier_normal:
      return std::sqrt(2 / (inputs + outputs));
    case Initializer::he_uniform:
      return std::sqrt(6 / inputs);
    case Initializer::he_normal:
      return std::sqrt(2 / inputs);
    case Initializer::torch_linear:
      return 1 / std::sqrt(inputs);
  }
  return 0;
}

inline bool is_normal(Initializer kind) {
  return kind == Initializer::normal || kind == Initializer::xavier_normal || kind == Initializer::he_normal;
}

}  // namespace detail

template <class Scalar>
void initialize(Parameters<Scalar>& parameters, const Slice& slice, Index inputs, Initializer kind, std::uint64_t seed,
                double scale) {
  const double width = scale * detail::spread(kind, static_cast<double>(inputs), static_cast<double>(slice.rows));
  auto values = parameters.matrix(slice);
  for (Index i = 0; i < slice.rows; ++i) {
    RandomStream stream(seed, Purpose::initial_weights, static_cast<std::uint64_t>(slice.offset + i * slice.columns));
    for (Index k = 0; k < slice.columns; ++k) {
      const double draw = detail::is_normal(kind) ? stream.normal() : 2 * stream.uniform() - 1;
      values(i, k) = static_cast<Scalar>(width * draw);
    }
  }
}

}  // namespace replearn::nn
