#pragma once
#include <cstddef>
#include <vector>

#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {

/// Maximum number of labels that remain legible.
constexpr std::size_t max_names = 1000;

struct PlacedName {
  std::size_t point;
  Rectangle place;
};

/// Places the labels of a scatter plot beside their points with little overlap with each other, points and arrows: each
/// label in turn moves to the cheapest of about forty candidate positions, given the others, until none moves. Local.
/// O(n^2) for n labels.
std::vector<PlacedName> place_names(const Scatter& scatter, const ScatterLayout& layout);

/// Draws the arrows of scatter.pairs. Must be called before the points are drawn.
void draw_pairs(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout);
/// Draws the labels in darker shades of their points' colors; a thin leader line connects distant labels to their
/// points.
void draw_names(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const std::vector<Color>& colors);

}  // namespace replearn::report
