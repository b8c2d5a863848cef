#pragma once
#include <string>
#include <vector>

namespace replearn::report {

/// One line of a panel. Points that are not finite (or not positive, on a logarithmic axis) break it.
struct Curve {
  std::string name;
  std::vector<double> x, y;
  bool dashed = false;
  int color = -1;  ///< of category_color; -1: the place in the panel
};

struct CurvePanel {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  bool logarithmic = false;  ///< the y axis, if all is above 0
};

/// Panels beside each other, at most three in a row, each with a legend of its own.
struct CurveFigure {
  std::string title;
  std::vector<CurvePanel> panels;
};

/// Writes the picture; the format follows the suffix: .png, .svg or .pdf. One rank. Throws InputError for another
/// suffix, SystemError when the file cannot be written.
void write_curves(const std::string& path, const CurveFigure& figure, double dots_per_inch = 150);

}  // namespace replearn::report
