#pragma once
#include <bit>
#include <cstdint>

namespace replearn {

/// exp(x) in float32 with relative error 2e-7, in a vectorizable form (unlike the C library's); constant below -87 and
/// above 88. x = k log 2 + r, |r| <= log(2) / 2, the series of exp(r) to the seventh power, and k added to its
/// exponent. k is rounded by adding 1.5 * 2^23, so that it forms the last bits of the mantissa.
inline float exponential(float x) {
  constexpr float rounder = 0x1.8p23f, log2_e = 1.44269504f;
  const float low = x < -87.0f ? -87.0f : x, bounded = low > 88.0f ? 88.0f : low;
  const float shifted = bounded * log2_e + rounder, k = shifted - rounder;
  const float r = (bounded - k * 0.693145752f) - k * 1.42860677e-6f;  // log(2) in two parts
  float series = 1.0f / 5040;
  series = series * r + 1.0f / 720;
  series = series * r + 1.0f / 120;
  series = series * r + 1.0f / 24;
  series = series * r + 1.0f / 6;
  series = series * r + 0.5f;
  series = series * r + 1.0f;
  series = series * r + 1.0f;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(series) + (std::bit_cast<std::uint32_t>(shifted) << 23));
}

/// log(x) for positive normal x, in float32, accurate to 1e-7 (absolute near 1, relative elsewhere). x = 2^e m with m in
/// [sqrt(1/2), sqrt(2)), and the odd series of log in s = (m - 1) / (m + 1), |s| < 0.172: 2 (s + s^3/3 + s^5/5 + ...).
inline float logarithm(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t exponent = (bits - 0x3f3504f3) >> 23;  // minus the bits of sqrt(1/2)
  const float m = std::bit_cast<float>(bits - (exponent << 23));
  const float s = (m - 1.0f) / (m + 1.0f), t = s * s;
  const float series = 2.0f * s * (1.0f + t * (1.0f / 3 + t * (1.0f / 5 + t * (1.0f / 7 + t * (1.0f / 9)))));
  return static_cast<float>(exponent) * 0.693147181f + series;
}

}  // namespace replearn
