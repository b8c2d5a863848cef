#include "report/scatter_layout.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "report/canvas.hpp"

namespace replearn::report {
namespace {

constexpr double margin = 16, title_room = 28, axis_room = 26, gap = 18;
constexpr double row_height = 15, key_width = 16, column_gap = 14;
/// Color bar: its width, the space for its numbers, and below it for a note.
constexpr double bar_width = 12, bar_numbers = 48, bar_note = 24;
/// With more categories than this, labels are drawn on the map; if labels are wider than this, as numbers.
constexpr std::size_t max_colored_labels = 12;
constexpr double max_map_name_width = 60;

struct Range {
  double low, high;
};

Range range_of(const std::vector<float>& values) {
  Range range{0, 0};
  bool any = false;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    range = any ? Range{std::min<double>(range.low, value), std::max<double>(range.high, value)} : Range{value, value};
    any = true;
  }
  return range;
}

/// Chosen so that all discs together would cover a quarter of the plot, within legible limits.
double point_size_for(std::size_t n, const Rectangle& plot) {
  const double covering = std::sqrt(0.25 * plot.width * plot.height * 4 /
                                    (std::numbers::pi * static_cast<double>(std::max<std::size_t>(n, 1))));
  return std::clamp(covering, 0.75, 5.5);
}

double opacity_for(std::size_t n) {
  return std::clamp(0.9 - 0.17 * std::log10(std::max(1.0, static_cast<double>(n) / 1000)), 0.35, 0.9);
}

/// Many categories cannot be distinguished by color, so each is labeled on the map; by number if labels are long.
MapNames map_names(const std::vector<std::string>& categories) {
  if (categories.size() <= max_colored_labels) return MapNames::none;
  const bool long_names = std::any_of(categories.begin(), categories.end(), [](const std::string& name) {
    return Canvas::text_size(name, map_name_size, true).width > max_map_name_width;
  });
  return long_names ? MapNames::number : MapNames::name;
}

void lay_out_legend(const Scatter& scatter, ScatterLayout& layout) {
  const auto& categories = scatter.categories.categories;
  std::vector<std::pair<std::string, int>> labels;
  for (std::size_t c = 0; c < categories.size(); ++c) {
    const std::string number = layout.names == MapNames::number ? std::to_string(c + 1) + "  " : "";
    labels.emplace_back(number + categories[c], static_cast<int>(c));
  }
  const auto& codes = scatter.categories.codes;
  if (std::any_of(codes.begin(), codes.end(), [](auto code) { return code < 0; })) labels.emplace_back("missing", -1);

  const double left = layout.plot.x + layout.plot.width + gap;
  const double top = layout.plot.y + (scatter.color_title.empty() ? 0 : row_height + 4);
  const auto max_rows =
      std::max<std::size_t>(1, static_cast<std::size_t>((layout.plot.y + layout.plot.height - top) / row_height));
  const std::size_t columns = (labels.size() + max_rows - 1) / max_rows;
  const std::size_t rows_per_column = (labels.size() + columns - 1) / std::max<std::size_t>(columns, 1);
  double x = left;
  for (std::size_t first = 0; first < labels.size(); first += rows_per_column) {
    const std::size_t end = std::min(labels.size(), first + rows_per_column);
    double widest = 0;
    for (std::size_t k = first; k < end; ++k) {
      widest = std::max(widest, std::min(max_label_width, Canvas::text_size(labels[k].first, label_size).width));
    }
    for (std::size_t k = first; k < end; ++k) {
      layout.entries.push_back(
          {labels[k].first,
           labels[k].second,
           {x, top + row_height * static_cast<double>(k - first), key_width + widest, row_height}});
    }
    x += key_width + widest + column_gap;
  }
  const double title = std::min(2 * max_label_width, Canvas::text_size(scatter.color_title, label_size, true).width);
  layout.legend = {left, layout.plot.y, std::max(x - column_gap - left, title), layout.plot.height};
}

}  // namespace

ScatterLayout lay_out(const Scatter& scatter, const FigureOptions& options) {
  ScatterLayout layout{};
  layout.height = 72 * options.height_inches;
  const double plot_height = layout.height - 2 * margin - title_room - axis_room;
  layout.plot = {margin + axis_room, margin + title_room, plot_height, plot_height};
  if (!scatter.categories.codes.empty()) {
    layout.names = map_names(scatter.categories.categories);
    lay_out_legend(scatter, layout);
  } else if (!scatter.values.empty()) {
    const double x = layout.plot.x + layout.plot.width + gap;
    layout.color_bar = {x, layout.plot.y + row_height + 8, bar_width, 0.45 * plot_height};
    const double title = std::min(max_label_width, Canvas::text_size(scatter.color_title, label_size, true).width);
    layout.legend = {x, layout.plot.y, std::max(bar_width + bar_numbers, title), layout.plot.height};
    if (std::any_of(scatter.values.begin(), scatter.values.end(), [](float v) { return !std::isfinite(v); })) {
      const double width = key_width + Canvas::text_size("missing", label_size).width;
      layout.entries.push_back(
          {"missing", -1, {x, layout.color_bar.y + layout.color_bar.height + bar_note, width, row_height}});
    }
  }
  const double right =
      layout.legend.width > 0 ? layout.legend.x + layout.legend.width : layout.plot.x + layout.plot.width;
  // Extra page width is given to the plot, which may be wider than high.
  const double spare = 72 * options.width_inches - margin - right;
  if (spare > 0) {
    layout.plot.width += spare;
    layout.legend.x += spare;
    layout.color_bar.x += spare;
    for (auto& entry : layout.entries) entry.place.x += spare;
  }
  layout.width = std::max(72 * options.width_inches, right + margin);

  layout.point_size = options.point_size > 0 ? options.point_size : point_size_for(scatter.x.size(), layout.plot);
  layout.opacity = options.opacity > 0 ? options.opacity : opacity_for(scatter.x.size());
  const Range x = range_of(scatter.x), y = range_of(scatter.y);
  const double room =
      layout.point_size + (scatter.names.empty() ? 6 : 22);  // margin for points at the edge and their labels
  layout.scale = std::min((layout.plot.width - 2 * room) / std::max(x.high - x.low, 1e-30),
                          (layout.plot.height - 2 * room) / std::max(y.high - y.low, 1e-30));
  if (!(x.high > x.low) && !(y.high > y.low)) layout.scale = 1 / std::max({1.0, std::abs(x.low), std::abs(y.low)});
  layout.x_offset = layout.plot.x + layout.plot.width / 2 - layout.scale * (x.low + x.high) / 2;
  layout.y_offset = layout.plot.y + layout.plot.height / 2 + layout.scale * (y.low + y.high) / 2;
  return layout;
}

}  // namespace replearn::report
