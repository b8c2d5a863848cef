#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"
#include "report/scatter.hpp"

namespace replearn::report {

/// How many of something lie where in a plane, and what they would lie on.
struct DensityChart {
  std::string title, x_label, y_label;
  double x_to = 1, y_to = 1;  ///< both axes begin at 0
  Index bins = 0;             ///< along each axis
  std::vector<Index> counts;  ///< bins x bins, a row for each bin of x
  bool diagonal = false;      ///< a line where y = x
};

/// Writes the picture, one length for both axes: dark where many lie (by the logarithm of their number), the mean of y
/// in each bin of x as a line. The format follows the suffix: .png, .svg or .pdf. One rank. Throws InputError for
/// another suffix, SystemError when the file cannot be written.
void write_density_chart(const std::string& path, const DensityChart& chart, const FigureOptions& options = {});

}  // namespace replearn::report
