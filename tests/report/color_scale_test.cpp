#include "report/color_scale.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"

namespace replearn::report {
namespace {

/// 0, 1, ..., n - 1 divided by a number, with a value that is not there.
std::vector<float> steps(int n, float divisor = 1, float first = 0) {
  std::vector<float> values{NAN};
  for (int i = 0; i < n; ++i) values.push_back(first + static_cast<float>(i) / divisor);
  return values;
}

bool same(Color a, Color b) { return a.red == b.red && a.green == b.green && a.blue == b.blue; }

TEST(ColorScale, PercentilesAreThoseOfNumPy) {
  // numpy.percentile([1, 2, 4, 8, 16], [0, 10, 50, 99, 100])
  const std::vector<float> values = {1, 2, 4, 8, 16};
  EXPECT_DOUBLE_EQ(percentile(values, 0), 1);
  EXPECT_DOUBLE_EQ(percentile(values, 10), 1.4);
  EXPECT_DOUBLE_EQ(percentile(values, 50), 4);
  EXPECT_DOUBLE_EQ(percentile(values, 99), 15.68);
  EXPECT_DOUBLE_EQ(percentile(values, 100), 16);
}

TEST(ColorScale, EndsAreNumbersPercentilesOrAutomatic) {
  const auto values = steps(101, 1, 100);  // 100 ... 200
  const auto automatic = color_scale(values, {}, {}, false);
  EXPECT_EQ(automatic.low, 100);
  EXPECT_EQ(automatic.high, 200);
  EXPECT_EQ(automatic.share_above, 0);
  const auto gene = color_scale(values, {}, {}, true);
  EXPECT_DOUBLE_EQ(gene.high, 199);
  EXPECT_DOUBLE_EQ(gene.share_above, 1 / 101.0);
  const auto given = color_scale(values, parse_color_limit("--vmin", "p10"), parse_color_limit("--vmax", "150.5"), true);
  EXPECT_DOUBLE_EQ(given.low, 110);
  EXPECT_DOUBLE_EQ(given.high, 150.5);
  EXPECT_DOUBLE_EQ(given.share_below, 10 / 101.0);
  EXPECT_DOUBLE_EQ(given.share_above, 50 / 101.0);
  EXPECT_TRUE(same(given.color(0), given.color(110)));
  EXPECT_TRUE(same(given.color(1000), given.color(150.5)));
}

TEST(ColorScale, AGeneInFewCellsIsNotClippedAway) {
  std::vector<float> values(1000, 0.0f);
  values[3] = 2;
  const auto scale = color_scale(values, {}, {}, true);
  EXPECT_EQ(scale.high, 2);
  EXPECT_EQ(color_scale(values, {}, parse_color_limit("--vmax", "p99"), true).high, 2);
  EXPECT_EQ(scale.gradient, ColorScale::Gradient::from_zero);
  const Color zero = scale.color(0), least = scale.color(1e-6);
  EXPECT_TRUE(zero.red == zero.green && zero.green == zero.blue);
  EXPECT_FALSE(least.red == least.green && least.green == least.blue);
}

TEST(ColorScale, ValuesOfBothSignsAreNeutralAtZero) {
  const auto scale = color_scale(steps(41, 10, -1), {}, {}, false);  // -1 ... 3
  EXPECT_EQ(scale.gradient, ColorScale::Gradient::diverging);
  const Color zero = scale.color(0), low = scale.color(-1), high = scale.color(1);
  EXPECT_TRUE(zero.red == zero.green && zero.green == zero.blue);
  EXPECT_GT(low.blue, low.red);
  EXPECT_GT(high.red, high.blue);
}

TEST(ColorScale, ConstantAndMissingValuesHaveARange) {
  for (const auto& values : {std::vector<float>{}, std::vector<float>{NAN, INFINITY}, std::vector<float>(9, -3.0f)}) {
    const auto scale = color_scale(values, {}, {}, true);
    EXPECT_GT(scale.high, scale.low);
  }
}

TEST(ColorScale, OtherTextIsRefused) {
  for (const char* text : {"p", "p101", "p-1", "99p", "much", "nan", "inf", "1e999", "1,5", " 3"}) {
    EXPECT_THROW(parse_color_limit("--vmax", text), InputError) << text;
  }
  EXPECT_EQ(*parse_color_limit("--vmax", "-1.5e2").number, -150);
  EXPECT_EQ(*parse_color_limit("--vmax", "p99.5").percentile, 99.5);
  EXPECT_FALSE(parse_color_limit("--vmax", "").number);
}

TEST(Colors, AreReadAsMatplotlibWritesThem) {
  EXPECT_TRUE(same(*parse_color("#1f77b4"), {0x1f, 0x77, 0xb4}));
  EXPECT_TRUE(same(*parse_color("#1F77B4ff"), {0x1f, 0x77, 0xb4}));
  EXPECT_TRUE(same(*parse_color("tomato"), {255, 99, 71}));
  for (const char* text : {"", "#12", "no such color", "1f77b4", "javascript:0"}) EXPECT_FALSE(parse_color(text)) << text;
}

}  // namespace
}  // namespace replearn::report
