#include "report/map_labels.hpp"

#include <gtest/gtest.h>

#include "scatters.hpp"

namespace replearn::report {
namespace {

bool overlap(const Rectangle& a, const Rectangle& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

void expect_apart(const Scatter& scatter) {
  const auto layout = lay_out(scatter, {});
  const auto labels = place_map_labels(scatter, layout);
  ASSERT_EQ(labels.size(), scatter.categories.categories.size());
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const auto& place = labels[k].place;
    EXPECT_GE(place.x, layout.plot.x);
    EXPECT_GE(place.y, layout.plot.y);
    EXPECT_LE(place.x + place.width, layout.plot.x + layout.plot.width + 1e-9);
    EXPECT_LE(place.y + place.height, layout.plot.y + layout.plot.height + 1e-9);
    for (const auto& line : labels[k].lines) EXPECT_LE(Canvas::text_size(line, map_name_size, true).width, place.width);
    for (std::size_t l = 0; l < k; ++l) EXPECT_FALSE(overlap(place, labels[l].place)) << k << " and " << l;
  }
}

TEST(MapLabels, NeverOverlap) {
  for (const std::size_t groups : {13, 40, 60, 200}) expect_apart(clouds(4000, groups));
  auto crowded = clouds(4000, 40, "neutrophil ");
  for (auto* values : {&crowded.x, &crowded.y}) {
    for (float& v : *values) v = v / 50 + 1;  // the same place for all categories but one
  }
  crowded.x.push_back(40);
  crowded.y.push_back(40);
  crowded.categories.codes.push_back(0);
  expect_apart(crowded);
}

TEST(MapLabels, StandOnTheMedianIfThereIsRoom) {
  // 13 categories of three points each, far apart; the third point is an outlier.
  Scatter scatter;
  for (int c = 0; c < 13; ++c) {
    scatter.categories.categories.push_back("T" + std::to_string(c));
    for (const float dx : {0.0f, 0.1f, 3.0f}) {
      scatter.x.push_back(static_cast<float>(c % 4 * 100) + dx);
      scatter.y.push_back(static_cast<float>(c / 4 * 100));
      scatter.categories.codes.push_back(c);
    }
  }
  const auto layout = lay_out(scatter, {});
  ASSERT_EQ(layout.names, MapNames::name);
  for (const auto& label : place_map_labels(scatter, layout)) {
    const double x = static_cast<double>(label.category % 4 * 100) + 0.1, y = static_cast<double>(label.category / 4 * 100);
    EXPECT_NEAR(label.x, layout.x_offset + layout.scale * x, 1e-3);
    EXPECT_NEAR(label.y, layout.y_offset - layout.scale * y, 1e-3);
    EXPECT_LE(label.place.x, label.x);
    EXPECT_GE(label.place.x + label.place.width, label.x);
    EXPECT_NEAR(label.place.y + label.place.height / 2, label.y, 1e-9 + label.place.height);
  }
}

}  // namespace
}  // namespace replearn::report
