#pragma once
#include <cmath>
#include <span>

namespace replearn::nn {

/// Sum of squares of an array, in float64. Local.
template <class Scalar>
double squared_norm(std::span<const Scalar> values) {
  double sum = 0;
  for (const Scalar value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return sum;
}

/// Factor that limits a gradient of this norm to max_norm (Pascanu et al. 2013); max_norm 0: no limit.
inline double clipping_factor(double norm, double max_norm) {
  return max_norm > 0 && norm > max_norm ? max_norm / norm : 1.0;
}

}  // namespace replearn::nn
