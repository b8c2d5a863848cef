#pragma once
#include <algorithm>
#include <array>
#include <cmath>

#include "base/index.hpp"

/// B-splines of order 6 (degree 5) that connect points and grid: a point at b + f (b an integer, 0 <= f < 1) touches
/// the nodes b to b + 5.
namespace replearn::tsne::spline {

constexpr Index order = 6;
/// Weights fill registers of eight; the last two are 0.
constexpr Index lanes = 8;

/// Row k: coefficients of f^k in the weight of each node.
using Coefficients = std::array<std::array<float, lanes>, order>;

/// Coefficients of the weights: node b + j has the weight M_6(f + 5 - j) = sum_i (-1)^i C(6, i) (f + 5 - j - i)_+^5 /
/// 120.
inline Coefficients coefficients() {
  constexpr std::array<double, order + 1> choose_six = {1, 6, 15, 20, 15, 6, 1};
  constexpr std::array<double, order> choose_five = {1, 5, 10, 10, 5, 1};
  Coefficients table{};
  for (Index j = 0; j < order; ++j) {
    for (Index k = 0; k < order; ++k) {
      double sum = 0;
      for (Index i = 0; i <= order - 1 - j; ++i) {
        const auto shift = static_cast<double>(order - 1 - j - i);
        const double power = k == order - 1 ? 1 : std::pow(shift, static_cast<double>(order - 1 - k));
        sum += (i % 2 == 0 ? 1 : -1) * choose_six[i] * power;
      }
      table[k][j] = static_cast<float>(sum * choose_five[k] / 120);
    }
  }
  return table;
}

/// Weights of `lanes` nodes, by Horner's rule in all lanes at once.
inline void weights(const Coefficients& table, float f, float* result) {
  float sums[lanes];
  for (Index j = 0; j < lanes; ++j) sums[j] = table[order - 1][j];
  for (Index k = order - 2; k >= 0; --k) {
    const float* row = table[k].data();
#pragma omp simd
    for (Index j = 0; j < lanes; ++j) sums[j] = sums[j] * f + row[j];
  }
  std::copy_n(sums, lanes, result);
}

}  // namespace replearn::tsne::spline
