#include "report/palette.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace replearn::report {
namespace {

using Triple = std::array<double, 3>;
using Matrix3 = std::array<Triple, 3>;

/// Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
constexpr Matrix3 normal_sight = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
constexpr Matrix3 protanopia = {
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix3 deuteranopia = {
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};

Triple times(const Matrix3& m, const Triple& v) {
  Triple out{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) out[i] += m[i][j] * v[j];
  }
  return out;
}

/// CIELAB (D65) of a color as somebody sees it.
Triple lab(Color color, const Matrix3& sight) {
  Triple rgb{};
  const std::array<std::uint8_t, 3> bytes = {color.red, color.green, color.blue};
  for (std::size_t k = 0; k < 3; ++k) {
    const double v = bytes[k] / 255.0;
    rgb[k] = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  }
  rgb = times(sight, rgb);
  for (double& v : rgb) v = std::min(1.0, std::max(0.0, v));
  constexpr Matrix3 to_xyz = {{{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}};
  const Triple xyz = times(to_xyz, rgb), white = {0.95047, 1, 1.08883};
  Triple f{};
  for (std::size_t k = 0; k < 3; ++k) {
    const double t = xyz[k] / white[k];
    f[k] = t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116;
  }
  return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

/// The least distance in CIELAB between any two of the first `count` colors, as somebody sees them.
double min_distance(std::size_t count, const Matrix3& sight) {
  double least = INFINITY;
  for (std::size_t i = 0; i < count; ++i) {
    const Triple a = lab(category_color(i), sight);
    for (std::size_t j = 0; j < i; ++j) {
      const Triple b = lab(category_color(j), sight);
      least = std::min(least, std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
    }
  }
  return least;
}

TEST(Palette, ColorsAreToldApartByNormalAndColorBlindReaders) {
  for (const auto& sight : {normal_sight, protanopia, deuteranopia}) {
    EXPECT_GT(min_distance(6, sight), 12);
    EXPECT_GT(min_distance(12, sight), 10);
    EXPECT_GT(min_distance(20, sight), 6);
    EXPECT_GT(min_distance(palette_size, sight), 3);  // 2.3 is just noticed
  }
}

TEST(Palette, ColorsAreNeitherPaperNorInkNorMissing) {
  const Triple missing = lab(missing_color, normal_sight);
  for (std::size_t c = 0; c < palette_size; ++c) {
    const Triple color = lab(category_color(c), normal_sight);
    EXPECT_LT(color[0], 85) << c;
    EXPECT_GT(color[0], 15) << c;
    EXPECT_GT(std::hypot(color[0] - missing[0], color[1] - missing[1], color[2] - missing[2]), 8) << c;
  }
}

TEST(Palette, ViridisRisesInLightness) {
  EXPECT_EQ(viridis(0).red, 0x44);
  EXPECT_EQ(viridis(1).red, 0xFD);
  EXPECT_EQ(viridis(-1).green, viridis(0).green);
  EXPECT_EQ(viridis(2).green, viridis(1).green);
  for (const auto& sight : {normal_sight, protanopia, deuteranopia}) {
    for (int k = 1; k <= 20; ++k) EXPECT_GT(lab(viridis(k / 20.0), sight)[0], lab(viridis((k - 1) / 20.0), sight)[0]);
  }
}

}  // namespace
}  // namespace replearn::report
