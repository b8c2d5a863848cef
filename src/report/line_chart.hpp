#pragma once
#include <string>
#include <vector>

#include "report/scatter.hpp"

namespace replearn::report {

/// A number that changes step by step, such as a loss.
struct LineChart {
  std::string title;
  std::string x_label, y_label;
  std::vector<double> values;  ///< of steps 0, 1, 2 ...; NaN: a gap
  /// Names of what the steps from `from` on belong to; their borders are marked.
  struct Stretch {
    std::string name;
    double from;
  };
  std::vector<Stretch> stretches;
};

/// Writes the picture; the format follows the suffix: .png, .svg or .pdf. The scale is logarithmic where values are
/// positive and span more than a factor of 3. One rank. Throws InputError for another suffix, SystemError when the file
/// cannot be written.
void write_line_chart(const std::string& path, const LineChart& chart, const FigureOptions& options = {});

}  // namespace replearn::report
