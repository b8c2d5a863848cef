#pragma once
#include <bit>
#include <cstdint>

#include "numerics/elementary.hpp"

/// Branch-free exp and powers of a few dozen flops, which the compiler can vectorize (it cannot vectorize libm's).
namespace replearn::tsne {

/// exp(x) for -708 <= x <= 0, in float64, accurate to 2e-16. x = k log 2 + r with |r| <= log(2) / 2; the Taylor series
/// of exp(r) up to degree twelve, with k added to the exponent. Adding 1.5 * 2^52 rounds k and leaves it in the last
/// bits.
inline double exponential(double x) {
  constexpr double rounder = 0x1.8p52, log2_e = 0x1.71547652b82fep0;
  constexpr double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;
  const double shifted = x * log2_e + rounder, k = shifted - rounder;
  const double r = (x - k * ln2_high) - k * ln2_low;
  double series = 1.0 / 479001600;
  series = series * r + 1.0 / 39916800;
  series = series * r + 1.0 / 3628800;
  series = series * r + 1.0 / 362880;
  series = series * r + 1.0 / 40320;
  series = series * r + 1.0 / 5040;
  series = series * r + 1.0 / 720;
  series = series * r + 1.0 / 120;
  series = series * r + 1.0 / 24;
  series = series * r + 1.0 / 6;
  series = series * r + 0.5;
  series = series * r + 1.0;
  series = series * r + 1.0;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(series) + (std::bit_cast<std::uint64_t>(shifted) << 52));
}

/// exp(x) for x <= 0, in float32, to a relative error of 2e-7; 0 below -87, where float32 underflows. As above, with
/// the series up to degree six.
inline float exponential(float x) {
  const float bounded = x > -87.0f ? x : -87.0f;
  const auto k =
      static_cast<std::int32_t>(bounded * 1.44269504f - 0.5f);  // rounds to nearest, since the operand is not positive
  const float whole = static_cast<float>(k);
  const float r = (bounded - whole * 0.693359375f) + whole * 2.12194440e-4f;  // log(2) split in two parts
  const float series =
      1.0f + r * (1.0f + r * (1.0f / 2 + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720))))));
  return x > -87.0f ? series * std::bit_cast<float>((k + 127) << 23) : 0.0f;
}

/// x^-exponent for x >= 1 and exponent > 0, in float32, to a relative error of 1e-7 (1 + exponent log x); 0 below
/// 1e-37.
inline float inverse_power(float x, float exponent) {
  const float y = -exponent * logarithm(x),
              power = replearn::exponential(y);  // computed before the branch, so that the loop vectorizes
  return y < -85.0f ? 0.0f : power;
}

}  // namespace replearn::tsne
