#pragma once
#include <cmath>

#include "base/random.hpp"
#include "report/scatter.hpp"

namespace replearn::report {

/// n points in `groups` clouds, each labeled with its cloud.
inline Scatter clouds(std::size_t n, std::size_t groups, const std::string& label = "group ") {
  Scatter scatter;
  scatter.title = "t-SNE";
  scatter.x_label = "tSNE 1";
  scatter.y_label = "tSNE 2";
  scatter.color_title = "cell type";
  for (std::size_t g = 0; g < groups; ++g) scatter.categories.categories.push_back(label + std::to_string(g + 1));
  for (std::size_t i = 0; i < n; ++i) {
    RandomStream random(5, Purpose::test, i);
    const std::size_t g = random.below(static_cast<std::uint32_t>(groups));
    const double angle = 2.39996 * static_cast<double>(g), radius = 6 * std::sqrt(static_cast<double>(g));
    scatter.x.push_back(static_cast<float>(radius * std::cos(angle) + 2 * random.normal()));
    scatter.y.push_back(static_cast<float>(radius * std::sin(angle) + 2 * random.normal()));
    scatter.categories.codes.push_back(static_cast<std::int32_t>(g));
  }
  return scatter;
}

/// The same points, colored by a number.
inline Scatter with_values(Scatter scatter, const std::string& name) {
  scatter.color_title = name;
  scatter.categories = {};
  for (std::size_t i = 0; i < scatter.x.size(); ++i) scatter.values.push_back(scatter.x[i] + 0.5f * scatter.y[i]);
  return scatter;
}

}  // namespace replearn::report
