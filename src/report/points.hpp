#pragma once
#include <vector>

#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {

/// Draws the points in random order (missing ones first): as discs if they are few, else as one image, so that files
/// with a million points stay small and fast to render. colors: one per point; missing: 1 if a point has no category or
/// value.
void draw_points(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const std::vector<Color>& colors,
                 const std::vector<std::uint8_t>& missing);

}  // namespace replearn::report
