#pragma once
#include <string>
#include <utility>
#include <vector>

namespace replearn::report {

/// One curve of a panel. It is interrupted at points that are not finite (or not positive on a logarithmic axis).
struct Curve {
  enum class Style { line, dots, bars };  ///< bars: of a histogram whose edges are x (one more than y)
  static constexpr int gray = -2;
  std::string name;
  std::vector<double> x, y;
  bool dashed = false;
  int color = -1;  ///< index for category_color; -1: the position in the panel; or gray
  Style style = Style::line;
};

struct CurvePanel {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  bool logarithmic = false;    ///< logarithmic y axis, if all values are positive
  bool logarithmic_x = false;  ///< logarithmic x axis, if all values are positive
  bool from_zero = true;       ///< a linear x axis of lines, such as steps, begins at 0
  std::vector<std::pair<std::string, double>> marks = {};  ///< vertical lines: cuts of filters, ends of phases
};

/// Panels side by side, at most three per row, each with its own legend.
struct CurveFigure {
  std::string title;
  std::vector<CurvePanel> panels;
};

/// Writes the figure in the format given by the extension: .png, .svg or .pdf. One rank. Throws InputError for any
/// other extension, SystemError if the file cannot be written.
void write_curves(const std::string& path, const CurveFigure& figure, double dots_per_inch = 150);

}  // namespace replearn::report
