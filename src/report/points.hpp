#pragma once
#include <vector>

#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {

/// Draws the points, each in its color, in an order that favors none (missing ones first): as discs while they are
/// few, else as one image, so that a million make neither a slow nor a large file.
/// colors: one a point; missing: 1 where a point has no category or value.
void draw_points(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const std::vector<Color>& colors,
                 const std::vector<std::uint8_t>& missing);

}  // namespace replearn::report
