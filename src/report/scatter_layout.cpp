#include "report/scatter_layout.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "report/canvas.hpp"
#include "report/short_text.hpp"

namespace replearn::report {
namespace {

constexpr double margin = 16, title_room = 28, axis_room = 26, gap = 18;
constexpr double row_height = 15, key_width = 16, column_gap = 14;
/// Color bar: its width, the space for its numbers, and below it for a note.
constexpr double bar_width = 12, bar_numbers = 48, bar_note = 24;
/// With more categories than this, labels are drawn on the map: as names, if they fit into so few short lines, else as
/// numbers.
constexpr std::size_t max_colored_labels = 12, max_map_lines = 3, max_legend_lines = 3;
constexpr double max_map_name_width = 64;
constexpr double number_width = 18;

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

/// The categories that have points. Those without keep their color and number, but are not shown.
std::vector<std::size_t> used_categories(const Categorical& categories) {
  std::vector<std::uint8_t> used(categories.categories.size(), 0);
  for (const auto code : categories.codes) {
    if (code >= 0) used[static_cast<std::size_t>(code)] = 1;
  }
  std::vector<std::size_t> result;
  for (std::size_t c = 0; c < used.size(); ++c) {
    if (used[c]) result.push_back(c);
  }
  return result;
}

/// Many categories cannot be distinguished by color, so each is labeled on the map.
void label_map(const std::vector<std::string>& categories, const std::vector<std::size_t>& used, ScatterLayout& layout) {
  if (used.size() <= max_colored_labels) return;
  layout.names = MapNames::name;
  layout.map_labels.resize(categories.size());
  for (const auto c : used) {
    layout.map_labels[c] = wrapped(categories[c], map_name_size, true, max_map_name_width, max_map_lines);
    std::string letters, label;
    for (const char letter : categories[c]) letters += letter == ' ' ? "" : std::string(1, letter);
    for (const auto& line : layout.map_labels[c]) label += line;
    std::erase(label, ' ');
    if (label != letters) layout.names = MapNames::number;  // something had to be left out
  }
  if (used.size() > palette_size) layout.names = MapNames::number;  // there is no room for so many names
  if (layout.names != MapNames::number) return;
  for (const auto c : used) layout.map_labels[c] = {std::to_string(c + 1)};
}

void lay_out_legend(const Scatter& scatter, const std::vector<std::size_t>& used, ScatterLayout& layout) {
  const auto& codes = scatter.categories.codes;
  std::vector<std::string> labels;
  std::vector<int> categories;
  for (const auto c : used) {
    labels.push_back(scatter.categories.categories[c]);
    categories.push_back(static_cast<int>(c));
  }
  if (std::any_of(codes.begin(), codes.end(), [](auto code) { return code < 0; })) {
    labels.emplace_back("missing");
    categories.push_back(-1);
  }
  const bool numbered = layout.names == MapNames::number;
  const double line = Canvas::text_size("0", label_size).height;
  const auto lines = wrapped_names(labels, label_size, false, max_label_width, max_legend_lines);

  const double left = layout.plot.x + layout.plot.width + gap, bottom = layout.plot.y + layout.plot.height;
  const double top = layout.plot.y + (scatter.color_title.empty() ? 0 : row_height + 4);
  const auto height_of = [&](std::size_t k) { return row_height + line * static_cast<double>(lines[k].size() - 1); };
  double total = 0;
  for (std::size_t k = 0; k < labels.size(); ++k) total += height_of(k);
  // Columns of about equal height.
  const double columns = std::max(1.0, std::ceil(total / std::max(row_height, bottom - top)));
  double x = left, y = top, widest = 0;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const double height = height_of(k);
    if (y > top && (y + height > bottom + 1e-6 || y - top >= total / columns - 1e-6)) {
      x += widest + column_gap;
      y = top;
      widest = 0;
    }
    double width = key_width + (numbered && categories[k] >= 0 ? number_width : 0);
    double text = 0;
    for (const auto& part : lines[k]) text = std::max(text, Canvas::text_size(part, label_size).width);
    width += text;
    widest = std::max(widest, width);
    layout.entries.push_back({labels[k], categories[k], lines[k],
                              numbered && categories[k] >= 0 ? std::to_string(categories[k] + 1) : "",
                              {x, y, width, height}});
    y += height;
  }
  const double title = std::min(2 * max_label_width, Canvas::text_size(scatter.color_title, label_size, true).width);
  layout.legend = {left, layout.plot.y, std::max(x + widest - left, title), layout.plot.height};
}

}  // namespace

ScatterLayout lay_out(const Scatter& scatter, const FigureOptions& options) {
  ScatterLayout layout{};
  layout.height = 72 * options.height_inches;
  const double plot_height = layout.height - 2 * margin - title_room - axis_room;
  layout.plot = {margin + axis_room, margin + title_room, plot_height, plot_height};
  if (!scatter.categories.codes.empty()) {
    const auto used = used_categories(scatter.categories);
    label_map(scatter.categories.categories, used, layout);
    if (scatter.has_legend) lay_out_legend(scatter, used, layout);
  } else if (!scatter.values.empty() && scatter.has_legend) {
    const double x = layout.plot.x + layout.plot.width + gap;
    layout.color_bar = {x, layout.plot.y + row_height + 8, bar_width, 0.45 * plot_height};
    const double title = std::min(max_label_width, Canvas::text_size(scatter.color_title, label_size, true).width);
    layout.legend = {x, layout.plot.y, std::max(bar_width + bar_numbers, title), layout.plot.height};
    if (std::any_of(scatter.values.begin(), scatter.values.end(), [](float v) { return !std::isfinite(v); })) {
      const double width = key_width + Canvas::text_size("missing", label_size).width;
      layout.entries.push_back(
          {"missing", -1, {"missing"}, "", {x, layout.color_bar.y + layout.color_bar.height + bar_note, width, row_height}});
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
