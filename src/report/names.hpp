#pragma once
#include <cstddef>
#include <vector>

#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {

/// More names than this cannot be read.
constexpr std::size_t max_names = 1000;

struct PlacedName {
  std::size_t point;
  Rectangle place;
};

/// A place beside its point for each name of the scatter, such that names cover one another, points and arrows as
/// little as can be had: each name in turn takes the cheapest of some forty places around its point, given where the
/// others stand, until none moves. Local. O(n^2) for n names.
std::vector<PlacedName> place_names(const Scatter& scatter, const ScatterLayout& layout);

/// The arrows of scatter.pairs. Draw them before the points.
void draw_pairs(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout);
/// The names, each in its point's color, darkened; a thin line leads to a name that stands away from its point.
void draw_names(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const std::vector<Color>& colors);

}  // namespace replearn::report
