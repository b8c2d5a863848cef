#include "report/scatter_layout.hpp"

#include <gtest/gtest.h>

#include "report/canvas.hpp"
#include "scatters.hpp"

namespace replearn::report {
namespace {

bool within(const Rectangle& inner, const Rectangle& outer) {
  constexpr double slack = 1e-6;
  return inner.x >= outer.x - slack && inner.y >= outer.y - slack &&
         inner.x + inner.width <= outer.x + outer.width + slack &&
         inner.y + inner.height <= outer.y + outer.height + slack;
}

bool apart(const Rectangle& a, const Rectangle& b) {
  return a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
}

/// What must hold of any picture.
void expect_good(const Scatter& scatter, const FigureOptions& options = {}) {
  const auto layout = lay_out(scatter, options);
  const Rectangle page{0, 0, layout.width, layout.height};
  EXPECT_TRUE(within(layout.plot, page));
  EXPECT_TRUE(within(layout.legend, page));
  EXPECT_GT(layout.scale, 0);  // one scale for both axes: they are equal
  for (std::size_t i = 0; i < scatter.x.size(); ++i) {
    if (!std::isfinite(scatter.x[i]) || !std::isfinite(scatter.y[i])) continue;
    const double x = layout.x_offset + layout.scale * static_cast<double>(scatter.x[i]);
    const double y = layout.y_offset - layout.scale * static_cast<double>(scatter.y[i]), size = layout.point_size;
    ASSERT_TRUE(within({x - size / 2, y - size / 2, size, size}, layout.plot)) << "point " << i;
  }
  // No legend over points, no label clipped or over another.
  EXPECT_TRUE(layout.legend.width == 0 || apart(layout.legend, layout.plot));
  for (std::size_t k = 0; k < layout.entries.size(); ++k) {
    const auto& entry = layout.entries[k];
    EXPECT_TRUE(within(entry.place, page)) << entry.label;
    EXPECT_TRUE(apart(entry.place, layout.plot)) << entry.label;
    double height = 0;
    for (const auto& line : entry.lines) {
      const TextSize size = Canvas::text_size(line, label_size);
      EXPECT_LE(size.width, std::min(max_label_width + 1, entry.place.width)) << entry.label;
      height += size.height;
    }
    EXPECT_GE(entry.place.height, height) << entry.label;
    for (std::size_t l = 0; l < k; ++l) EXPECT_TRUE(apart(entry.place, layout.entries[l].place)) << entry.label;
    if (layout.color_bar.width > 0) {
      EXPECT_TRUE(apart(entry.place, layout.color_bar));
    }
  }
  if (layout.color_bar.width > 0) {
    EXPECT_TRUE(within(layout.color_bar, page));
    EXPECT_TRUE(apart(layout.color_bar, layout.plot));
  }
}

TEST(ScatterLayout, IsGoodForAnyNumberOfCategories) {
  for (const std::size_t groups : {1, 2, 10, 12, 13, 19, 20, 40, 60, 200}) {
    auto scatter = clouds(4000, groups);
    expect_good(scatter);
    scatter.categories.codes[3] = -1;
    expect_good(scatter);
    EXPECT_EQ(lay_out(scatter, {}).entries.size(), groups + 1);
    EXPECT_EQ(lay_out(scatter, {}).entries.back().label, "missing");
  }
}

TEST(ScatterLayout, IsGoodForLongLabelsWhichAreNumberedOnTheMap) {
  const auto scatter =
      clouds(500, 40, "a very long name of a kind of cell that tells all that is known of it, number ");
  expect_good(scatter);
  const auto layout = lay_out(scatter, {});
  EXPECT_EQ(layout.names, MapNames::number);
  EXPECT_EQ(layout.entries[16].number, "17");
  EXPECT_GT(layout.entries[16].lines.size(), 1u);
  EXPECT_EQ(lay_out(clouds(500, 40), {}).names, MapNames::name);
  EXPECT_EQ(lay_out(clouds(500, 12), {}).names, MapNames::none);
}

TEST(ScatterLayout, LegendOmitsCategoriesWithoutPoints) {
  auto scatter = clouds(500, 5);
  for (auto& code : scatter.categories.codes) code = code == 1 || code == 3 ? 4 : code;
  const auto layout = lay_out(scatter, {});
  ASSERT_EQ(layout.entries.size(), 3u);
  EXPECT_EQ(layout.entries[1].category, 2);
  EXPECT_EQ(layout.entries[2].label, "group 5");
}

TEST(ScatterLayout, IsGoodForNumbersAndNoColor) {
  auto scatter = with_values(clouds(500, 5), "CD79A");
  expect_good(scatter);
  EXPECT_GT(lay_out(scatter, {}).color_bar.width, 0);
  EXPECT_TRUE(lay_out(scatter, {}).entries.empty());
  scatter.values[7] = NAN;
  EXPECT_EQ(lay_out(scatter, {}).entries.size(), 1u);
  expect_good(scatter);
  scatter.color_title = std::string(300, 'm');
  expect_good(scatter);
  EXPECT_LT(lay_out(scatter, {}).width, 72 * 10);
  scatter.values.clear();
  scatter.color_title.clear();
  expect_good(scatter);
  EXPECT_EQ(lay_out(scatter, {}).legend.width, 0);
}

TEST(ScatterLayout, IsGoodForOddMapsAndPages) {
  Scatter scatter = clouds(300, 4);
  for (float& y : scatter.y) y *= 100;  // tall
  expect_good(scatter);
  std::swap(scatter.x, scatter.y);  // wide
  expect_good(scatter, {12, 4, 150, 0, 0});
  scatter.x[5] = NAN;
  scatter.y[6] = INFINITY;
  expect_good(scatter);
  scatter = clouds(1, 1);
  expect_good(scatter);
  scatter.x = scatter.y = {1e30f};
  expect_good(scatter);
  scatter = clouds(50, 1);
  for (float& x : scatter.x) x = 2;  // a line
  expect_good(scatter);
}

TEST(ScatterLayout, SizeAndOpacityOfPointsFollowTheirNumber) {
  double size = 100, opacity = 1;
  for (const std::size_t n : {10u, 1'000u, 20'000u, 200'000u}) {
    Scatter scatter;
    scatter.x.assign(n, 0);
    scatter.y.assign(n, 0);
    const auto layout = lay_out(scatter, {});
    EXPECT_LE(layout.point_size, size);
    EXPECT_LE(layout.opacity, opacity);
    size = layout.point_size;
    opacity = layout.opacity;
  }
  EXPECT_LT(size, 2);
  EXPECT_EQ(lay_out(clouds(10, 2), {7, 5.5, 150, 3.5, 0.4}).point_size, 3.5);
  EXPECT_EQ(lay_out(clouds(10, 2), {7, 5.5, 150, 3.5, 0.4}).opacity, 0.4);
}

}  // namespace
}  // namespace replearn::report
