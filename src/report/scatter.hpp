#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "data/annotations.hpp"

namespace replearn::report {

/// What to draw: n points and how to color them.
struct Scatter {
  std::string title;             ///< "t-SNE"
  std::string x_label, y_label;  ///< "tSNE 1"; drawn without ticks: the units of an embedding mean nothing
  std::vector<float> x, y;
  std::string color_title;         ///< name of the column or gene; empty: one color
  Categorical categories;          ///< for a categorical color: a code a point (-1: gray, "missing")
  std::vector<float> values;       ///< for a numeric color: one a point (NaN: gray); used if categories is empty
  std::vector<std::string> names;  ///< written beside the points: one a point, "" for none; or empty
  std::vector<std::pair<std::size_t, std::size_t>> pairs;  ///< an arrow from each first point to its second
};

struct FigureOptions {
  double width_inches = 7, height_inches = 5.5;
  double dots_per_inch = 150;  ///< of the PNG
  double point_size = 0;       ///< diameter in points (1/72 inch); 0: follows n
  double opacity = 0;          ///< 0: follows n
};

/// Writes the picture; the format follows the suffix: .png, .svg or .pdf. Equal axes, legend beside the points.
/// One rank. Throws InputError for another suffix, SystemError when the file cannot be written.
void write_scatter(const std::string& path, const Scatter& scatter, const FigureOptions& options = {});

}  // namespace replearn::report
