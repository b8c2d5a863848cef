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

/// The natural logarithm of a positive normal float32 with an absolute error of 1e-7, or a relative one of 3e-7 if that
/// is larger, in a vectorizable form. x = 2^k m, m in [sqrt(1/2), sqrt(2)), log m = 2 atanh((m - 1) / (m + 1)) by its
/// series to the ninth power.
inline float logarithm(float x) {
  constexpr std::uint32_t root_half = 0x3f3504f3u;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x) - root_half;
  const auto k = static_cast<float>(static_cast<std::int32_t>(bits) >> 23);
  const float m = std::bit_cast<float>((bits & 0x7fffffu) + root_half);
  const float s = (m - 1) / (m + 1), square = s * s;
  float series = 2.0f / 9;
  series = series * square + 2.0f / 7;
  series = series * square + 2.0f / 5;
  series = series * square + 2.0f / 3;
  return k * 0.693147181f + (s * square * series + 2 * s);
}

}  // namespace replearn
