#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn::report {

/// A scalar field over a map (the prediction of a model), and the points of the map.
struct Field {
  std::string title, x_label, y_label, color_title;
  std::vector<float> x, y;                         ///< the points
  float left = 0, right = 1, top = 1, bottom = 0;  ///< extent of the map, in the units of the points
  Index rows = 0, columns = 0;                     ///< grid covering the map
  std::vector<float> values;                       ///< rows x columns, from the upper left
  /// Sets the extent to the range of the points plus a margin.
  void set_extent();
};

/// Writes the figure in the format given by the extension: .png, .svg or .pdf. One rank. Throws InputError for any
/// other extension, SystemError if the file cannot be written.
void write_field(const std::string& path, const Field& field, double dots_per_inch = 150);

}  // namespace replearn::report
