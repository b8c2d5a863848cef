#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn::report {

/// A number everywhere on a map (what a model predicts there), and the points that the map is of.
struct Field {
  std::string title, x_label, y_label, color_title;
  std::vector<float> x, y;                         ///< the points
  float left = 0, right = 1, top = 1, bottom = 0;  ///< of the map, in the points' units
  Index rows = 0, columns = 0;                     ///< of the grid of cells that fills the map
  std::vector<float> values;                       ///< rows x columns, from the upper left
  /// Sets left to bottom to the points' range, with a margin.
  void set_extent();
};

/// Writes the picture; the format follows the suffix: .png, .svg or .pdf. One rank. Throws InputError for another
/// suffix, SystemError when the file cannot be written.
void write_field(const std::string& path, const Field& field, double dots_per_inch = 150);

}  // namespace replearn::report
