#pragma once
#include <string>
#include <vector>

#include "report/scatter.hpp"

namespace replearn::report {

/// A rectangle in points, from the upper left corner of the page.
struct Rectangle {
  double x, y, width, height;
};

/// A label on the map at the median of a category's points.
enum class MapNames { none, name, number };

struct LegendEntry {
  std::string label;               ///< the whole name
  int category;                    ///< -1: missing
  std::vector<std::string> lines;  ///< the name as it is drawn
  std::string number;              ///< the number on the map, if labels are numbers
  Rectangle place;
};

/// Layout of a scatter plot. The plot keeps its size; the page grows with the legend.
struct ScatterLayout {
  double width, height;  ///< of the page
  Rectangle plot;        ///< points lie within
  Rectangle legend;      ///< beside the plot; empty if there is none
  std::vector<LegendEntry> entries;
  MapNames names;
  std::vector<std::vector<std::string>> map_labels;  ///< lines of the label of each category; empty without labels
  Rectangle color_bar;  ///< empty if there is none
  /// Transform from data to page: x_page = x_offset + scale * x, y_page = y_offset - scale * y. The same scale for both
  /// axes.
  double scale, x_offset, y_offset;
  double point_size;  ///< diameter in points
  double opacity;
};

ScatterLayout lay_out(const Scatter& scatter, const FigureOptions& options);

/// Maximum label width; longer labels are wrapped.
constexpr double max_label_width = 190;
constexpr double label_size = 9, map_name_size = 7.5, title_size = 13, axis_size = 9;

}  // namespace replearn::report
