#include "report/names.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "scatters.hpp"

namespace replearn::report {
namespace {

bool meet(const Rectangle& a, const Rectangle& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/// Points in a ring, so close that names at the right of all of them would cover each other and points.
Scatter crowd(std::size_t n) {
  Scatter scatter;
  for (std::size_t i = 0; i < n; ++i) {
    const double angle = 2 * 3.14159265358979 * static_cast<double>(i) / static_cast<double>(n);
    scatter.x.push_back(static_cast<float>(std::cos(angle)));
    scatter.y.push_back(static_cast<float>(std::sin(angle)));
    scatter.names.push_back("word number " + std::to_string(i));
  }
  return scatter;
}

TEST(Names, StandApartWhereThereIsRoom) {
  auto scatter = crowd(24);
  scatter.x.push_back(0.02f);  // two that nearly touch in the middle
  scatter.y.push_back(0);
  scatter.x.push_back(-0.02f);
  scatter.y.push_back(0);
  scatter.names.insert(scatter.names.end(), {"left of it", "right of it"});
  scatter.pairs = {{0, 12}, {24, 6}};
  const auto layout = lay_out(scatter, {});
  const auto names = place_names(scatter, layout);
  ASSERT_EQ(names.size(), 26u);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& place = names[i].place;
    EXPECT_GE(place.x, layout.plot.x);
    EXPECT_LE(place.x + place.width, layout.plot.x + layout.plot.width);
    for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(meet(place, names[j].place)) << i << " and " << j;
    for (std::size_t j = 0; j < names.size(); ++j) {
      const double x = layout.x_offset + layout.scale * static_cast<double>(scatter.x[j]);
      const double y = layout.y_offset - layout.scale * static_cast<double>(scatter.y[j]);
      EXPECT_FALSE(meet(place, {x - 1, y - 1, 2, 2})) << i << " and point " << j;
    }
  }
}

TEST(Names, OfPointsThatAreNotThereAreLeftOut) {
  auto scatter = crowd(4);
  scatter.x[1] = NAN;
  scatter.names[2].clear();
  const auto names = place_names(scatter, lay_out(scatter, {}));
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0].point, 0u);
  EXPECT_EQ(names[1].point, 3u);
}

TEST(Names, TooManyAreRefused) {
  EXPECT_THROW(write_scatter("never.png", crowd(max_names + 1)), InputError);
}

}  // namespace
}  // namespace replearn::report
