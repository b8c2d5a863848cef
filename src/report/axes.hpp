#pragma once
#include <string>

#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {

/// A tick step of 1, 2 or 5 times a power of ten that gives about `most` intervals. span > 0.
double nice_step(double span, int most);

/// One axis: a range of values, and whether it is logarithmic.
struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;
  /// Relative position: 0 at low, 1 at high.
  double share(double value) const;
};

/// Draws a frame with ticks, numbers and labels below and to the left.
void draw_frame(Canvas& canvas, const Rectangle& frame, const Axis& x, const Axis& y, const std::string& x_label,
                const std::string& y_label);

}  // namespace replearn::report
