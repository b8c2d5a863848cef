#pragma once
#include <bit>
#include <cstdint>

#include "base/index.hpp"

namespace replearn::nn {

/// log(x) in float64 with error 1e-15 max(|log x|, 1), for normal x > 0, in a vectorizable form: x = 2^k m, m about 1,
/// and the series of log m in s = (m - 1) / (m + 1), |s| < 0.172.
inline double logarithm(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  // Exponent such that m >= sqrt(1/2); smaller mantissas are doubled.
  const std::uint64_t above = bits - 0x3fe6a09e667f3bcdULL;
  const auto mantissa = std::bit_cast<double>((above & 0x000fffffffffffffULL) + 0x3fe6a09e667f3bcdULL);
  // above >> 52 is k modulo 2^12; inserted into the mantissa of 2^52 it becomes a number without a conversion.
  const std::uint64_t shifted = ((above >> 52) + 2048) & 0xfff;
  const double k = std::bit_cast<double>(shifted | 0x4330000000000000ULL) - (0x1p52 + 2048);
  const double s = (mantissa - 1) / (mantissa + 1), u = s * s;
  double series = 1.0 / 21;
  series = series * u + 1.0 / 19;
  series = series * u + 1.0 / 17;
  series = series * u + 1.0 / 15;
  series = series * u + 1.0 / 13;
  series = series * u + 1.0 / 11;
  series = series * u + 1.0 / 9;
  series = series * u + 1.0 / 7;
  series = series * u + 1.0 / 5;
  series = series * u + 1.0 / 3;
  return k * 0.693147180559945309417 + 2 * (s + s * u * series);
}

/// log Gamma(z) and its derivative psi(z) of an array, 1e-300 < z < 1e30, with error 1e-13 relative to max(|value|, 1).
/// Gamma(z + 8) = z (z + 1) ... (z + 7) Gamma(z) shifts z to where Stirling's series is accurate; psi is the derivative
/// of the same expression. Local.
inline void log_gamma_and_digamma(const double* z, Index count, double* log_gamma, double* digamma) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) {
    // a = z (z + 7), and the other factors in pairs: (z + 1)(z + 6) = a + 6, (z + 2)(z + 5) = a + 10, a + 12.
    const double a = z[i] * (z[i] + 7), outer = a * (a + 6), inner = (a + 10) * (a + 12), product = outer * inner;
    const double slope = ((2 * a + 6) * inner + outer * (2 * a + 22)) * (2 * z[i] + 7);
    const double y = z[i] + 8, w = 1 / y, v = w * w, log_y = logarithm(y);
    double series = 3617.0 / 122400;
    series = 1.0 / 156 - v * series;
    series = 691.0 / 360360 - v * series;
    series = 1.0 / 1188 - v * series;
    series = 1.0 / 1680 - v * series;
    series = 1.0 / 1260 - v * series;
    series = 1.0 / 360 - v * series;
    series = 1.0 / 12 - v * series;
    log_gamma[i] = (y - 0.5) * log_y - y + 0.91893853320467274178 + w * series - logarithm(product);
    double slopes = 3617.0 / 8160;
    slopes = 1.0 / 12 - v * slopes;
    slopes = 691.0 / 32760 - v * slopes;
    slopes = 1.0 / 132 - v * slopes;
    slopes = 1.0 / 240 - v * slopes;
    slopes = 1.0 / 252 - v * slopes;
    slopes = 1.0 / 120 - v * slopes;
    slopes = 1.0 / 12 - v * slopes;
    digamma[i] = log_y - 0.5 * w - v * slopes - slope / product;
  }
}

}  // namespace replearn::nn
