#pragma once
#include <string>

#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {

/// A step of 1, 2 or 5 times a power of ten that gives about `most` intervals. span > 0.
double nice_step(double span, int most);

/// One axis: a range of values, and whether they are drawn by their logarithms.
struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;
  /// 0 at low, 1 at high.
  double share(double value) const;
};

/// A frame with ticks and numbers below and left of it, and a label each.
void draw_frame(Canvas& canvas, const Rectangle& frame, const Axis& x, const Axis& y, const std::string& x_label,
                const std::string& y_label);

}  // namespace replearn::report
