#pragma once
#include <vector>

#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {

/// Draws the points in ascending order of `height` (NaN first), those of equal height in random order, so that no
/// category hides another: as discs if they are few, else as one image, so that files with a million points stay small
/// and fast to render. colors, height: one per point.
void draw_points(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const std::vector<Color>& colors,
                 const std::vector<float>& height);

}  // namespace replearn::report
