#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "data/annotations.hpp"
#include "report/color_scale.hpp"

namespace replearn::report {

/// A scatter plot: n points and their colors.
struct Scatter {
  std::string title;             ///< "t-SNE"
  std::string x_label, y_label;  ///< "tSNE 1"; drawn without ticks, since an embedding has no units
  std::vector<float> x, y;
  std::string color_title;         ///< name of the column or gene; empty: one color
  Categorical categories;          ///< for categorical colors: one code per point (-1: gray, "missing")
  std::vector<float> values;       ///< for numeric colors: one value per point (NaN: gray); used if categories is empty
  std::vector<Color> category_colors;  ///< one per category; empty: those of the palette
  bool is_gene = false;                ///< values are those of a gene, see color_scale
  ColorLimit low, high;                ///< ends of the color scale of values
  std::string note;                    ///< in the corner: "n = 700"
  bool has_legend = true;
  std::vector<std::string> names;  ///< labels beside the points: one per point ("": none), or empty
  std::vector<std::pair<std::size_t, std::size_t>> pairs;  ///< an arrow from each first point to its second
};

struct FigureOptions {
  double width_inches = 7, height_inches = 5.5;  ///< the width is at least what a square plot and its legend need
  double dots_per_inch = 150;  ///< resolution of PNG output
  double point_size = 0;       ///< diameter in points (1/72 inch); 0: chosen from n
  double opacity = 0;          ///< 0: chosen from n
};

/// Maximum number of categories. Colors repeat after palette_size of them, but so many are labeled on the map as well.
constexpr std::size_t max_categories = 200;

/// Writes the figure in the format given by the extension: .png, .svg or .pdf. Equal axes, legend beside the plot. One
/// rank. Throws InputError for any other extension and for more than max_categories categories that have points,
/// SystemError if the file cannot be written.
void write_scatter(const std::string& path, const Scatter& scatter, const FigureOptions& options = {});

/// Writes several plots as the panels of one figure, row by row, `columns` of them side by side. Of neighbors in a row
/// with the same categories, the last one has the legend. Size and throws as above; the size is that of a panel.
void write_panels(const std::string& path, std::vector<Scatter> panels, std::size_t columns,
                  const FigureOptions& options = {});

}  // namespace replearn::report
