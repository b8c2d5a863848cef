#pragma once
#include <vector>

#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {

/// A label on a map, placed near the median of the points of its category.
struct PlacedLabel {
  std::size_t category;
  double x, y;  ///< the median, on the page
  std::vector<std::string> lines;
  Rectangle place;
};

/// Places the labels of all categories that have points: as near to their medians as possible, within the plot, without
/// overlap (unless the plot has no room for all). Those of large categories choose first. Local. O(c^2) for c labels.
std::vector<PlacedLabel> place_map_labels(const Scatter& scatter, const ScatterLayout& layout);

/// Draws them; a thin line connects a label to the median of its points if it has been moved away from it.
void draw_map_labels(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout);

}  // namespace replearn::report
