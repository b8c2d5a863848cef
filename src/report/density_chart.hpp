#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"
#include "report/scatter.hpp"

namespace replearn::report {

/// A two-dimensional histogram, optionally with the diagonal.
struct DensityChart {
  std::string title, x_label, y_label;
  double x_to = 1, y_to = 1;  ///< both axes start at 0
  Index bins = 0;             ///< along each axis
  std::vector<Index> counts;  ///< bins x bins, one row per bin of x
  bool diagonal = false;      ///< a line where y = x, as far as there are data
};

/// Writes the figure with equal axes: color by the logarithm of the counts, with a bar, and the mean of y per bin of x as a line, where there are enough pairs.
/// The format is given by the extension: .png, .svg or .pdf. One rank. Throws InputError for any other extension,
/// SystemError if the file cannot be written.
void write_density_chart(const std::string& path, const DensityChart& chart, const FigureOptions& options = {});

}  // namespace replearn::report
