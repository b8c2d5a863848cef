#pragma once
#include <cmath>

#include "numerics/elementary.hpp"

/// Scalar functions for layers and losses: in float32 written such that loops vectorize (those of the C library do
/// not); in float64, used only by the gradient checks, from the library.
namespace replearn::nn {

using replearn::exponential;  // float
inline double exponential(double x) {
  return std::exp(x);
}

/// log(1 + t), 0 <= t <= 1: the series of log in s = t / (2 + t) <= 1/3.
inline float log_of_one_plus(float t) {
  const float s = t / (2.0f + t), u = s * s;
  float series = 1.0f / 13;
  series = series * u + 1.0f / 11;
  series = series * u + 1.0f / 9;
  series = series * u + 1.0f / 7;
  series = series * u + 1.0f / 5;
  series = series * u + 1.0f / 3;
  series = series * u + 1.0f;
  return 2.0f * s * series;
}
inline double log_of_one_plus(double t) {
  return std::log1p(t);
}

/// log(1 + exp(x)) without overflow.
template <class Scalar>
Scalar softplus(Scalar x) {
  const Scalar positive = x > 0 ? x : 0, distance = x > 0 ? -x : x;
  return positive + log_of_one_plus(exponential(distance));
}

/// 1 / (1 + exp(-x)).
template <class Scalar>
Scalar sigmoid(Scalar x) {
  return 1 / (1 + exponential(-x));
}

/// tanh(x), to 1e-7 absolute in float32.
inline float hyperbolic_tangent(float x) {
  const float e = exponential(x > 0 ? -2 * x : 2 * x), t = (1 - e) / (1 + e);
  return x > 0 ? t : -t;
}
inline double hyperbolic_tangent(double x) {
  return std::tanh(x);
}

/// log Gamma(z), z > 0, in float64 to about 1e-12 (for arrays see gamma.hpp): z is raised to at least 10 with Gamma(z +
/// 1) = z Gamma(z), followed by Stirling's series.
inline double log_gamma(double z) {
  double product = 1;
  for (; z < 10; z += 1) product *= z;
  const double w = 1 / (z * z);
  const double series =
      (1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w * (1.0 / 1680 - w * (1.0 / 1188 - w * 691.0 / 360360))))) / z;
  return (z - 0.5) * std::log(z) - z + 0.91893853320467274178 + series - std::log(product);
}

}  // namespace replearn::nn
