#include "report/scatter.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "base/log.hpp"
#include "report/axes.hpp"
#include "report/canvas.hpp"
#include "report/names.hpp"
#include "report/points.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {
namespace {

/// Range of the color bar. With far outliers, which would leave the rest in one color, it ends at the 99th percentile.
struct ColorRange {
  double low = 0, high = 1;
  bool clipped = false;
};

ColorRange color_range(const std::vector<float>& values) {
  std::vector<float> sorted;
  for (const float value : values) {
    if (std::isfinite(value)) sorted.push_back(value);
  }
  if (sorted.empty()) return {};
  std::sort(sorted.begin(), sorted.end());
  ColorRange range{sorted.front(), sorted.back(), false};
  const double most = sorted[0.99 * static_cast<double>(sorted.size() - 1)];
  if (most > range.low && range.high - range.low > 1.5 * (most - range.low)) {
    range.high = most;
    range.clipped = true;
  }
  if (!(range.high > range.low)) range.high = range.low + 1;
  return range;
}

void draw_color_bar(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const ColorRange& range) {
  cairo_t* context = canvas.context();
  const auto& bar = layout.color_bar;
  canvas.set_color(ink);
  canvas.text(layout.legend.x, layout.legend.y, scatter.color_title, label_size, true, Align::left, max_label_width);
  cairo_pattern_t* gradient = cairo_pattern_create_linear(0, bar.y + bar.height, 0, bar.y);
  for (int k = 0; k <= 32; ++k) {
    const Color color = viridis(k / 32.0);
    cairo_pattern_add_color_stop_rgb(gradient, k / 32.0, color.red / 255.0, color.green / 255.0, color.blue / 255.0);
  }
  cairo_rectangle(context, bar.x, bar.y, bar.width, bar.height);
  cairo_set_source(context, gradient);
  cairo_fill(context);
  cairo_pattern_destroy(gradient);

  const double step = nice_step(range.high - range.low, 5);
  const double line = Canvas::text_size("0", label_size).height;
  for (double value = std::ceil(range.low / step - 1e-9) * step; value <= range.high + 1e-9 * step; value += step) {
    const double y = bar.y + bar.height * (range.high - value) / (range.high - range.low);
    canvas.set_color(faint);
    cairo_set_line_width(context, 0.8);
    cairo_move_to(context, bar.x + bar.width, y);
    cairo_line_to(context, bar.x + bar.width + 3, y);
    cairo_stroke(context);
    canvas.set_color(ink);
    canvas.text(bar.x + bar.width + 6, y - line / 2, fmt::format("{:g}", std::abs(value) < 1e-9 * step ? 0.0 : value),
                label_size);
  }
  if (range.clipped) {
    canvas.set_color(faint);
    canvas.text(bar.x, bar.y + bar.height + 6, "1 % are higher", label_size - 1.5);
  }
}

void draw_keys(Canvas& canvas, const ScatterLayout& layout) {
  for (const auto& entry : layout.entries) {
    const double middle = entry.place.y + entry.place.height / 2;
    canvas.set_color(entry.category < 0 ? missing_color : category_color(static_cast<std::size_t>(entry.category)));
    cairo_arc(canvas.context(), entry.place.x + 5, middle, 4, 0, 2 * std::numbers::pi);
    cairo_fill(canvas.context());
    canvas.set_color(ink);
    canvas.text(entry.place.x + 16, middle - Canvas::text_size(entry.label, label_size).height / 2, entry.label,
                label_size, false, Align::left, max_label_width);
  }
}

/// Two short arrows from the lower left corner: an embedding has directions but no units.
void draw_axes(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout) {
  cairo_t* context = canvas.context();
  const double x = layout.plot.x - 8, y = layout.plot.y + layout.plot.height + 8, length = 58, head = 3;
  canvas.set_color(faint);
  cairo_set_line_width(context, 1);
  cairo_move_to(context, x, y - length);
  cairo_line_to(context, x, y);
  cairo_line_to(context, x + length, y);
  cairo_stroke(context);
  cairo_move_to(context, x + length - head, y - head);
  cairo_line_to(context, x + length + 1, y);
  cairo_line_to(context, x + length - head, y + head);
  cairo_move_to(context, x - head, y - length + head);
  cairo_line_to(context, x, y - length - 1);
  cairo_line_to(context, x + head, y - length + head);
  cairo_stroke(context);
  canvas.text(x, y + 3, scatter.x_label, axis_size);
  const double line = Canvas::text_size(scatter.y_label, axis_size).height;
  canvas.text(x - 3 - line, y, scatter.y_label, axis_size, false, Align::left, 0, -std::numbers::pi / 2);
}

/// Labels each category at the median of its points.
void draw_names_on_map(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout) {
  const auto& codes = scatter.categories.codes;
  std::vector<std::vector<float>> xs(scatter.categories.categories.size()), ys(xs.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] < 0) continue;
    xs[codes[i]].push_back(scatter.x[i]);
    ys[codes[i]].push_back(scatter.y[i]);
  }
  const auto median = [](std::vector<float>& values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return static_cast<double>(values[values.size() / 2]);
  };
  for (std::size_t c = 0; c < xs.size(); ++c) {
    if (xs[c].empty()) continue;
    const std::string name =
        layout.names == MapNames::number ? std::to_string(c + 1) : scatter.categories.categories[c];
    const TextSize size = Canvas::text_size(name, map_name_size, true);
    const double width = size.width;
    const double x = std::clamp(layout.x_offset + layout.scale * median(xs[c]), layout.plot.x + width / 2,
                                layout.plot.x + layout.plot.width - width / 2);
    const double y = layout.y_offset - layout.scale * median(ys[c]) - size.height / 2;
    for (int k = 0; k < 8; ++k) {  // white outline, so that the label is legible on any color
      canvas.set_color({255, 255, 255}, 0.85);
      canvas.text(x + 1.1 * std::cos(k * std::numbers::pi / 4), y + 1.1 * std::sin(k * std::numbers::pi / 4), name,
                  map_name_size, true, Align::center);
    }
    canvas.set_color(ink);
    canvas.text(x, y, name, map_name_size, true, Align::center);
  }
}

}  // namespace

void write_scatter(const std::string& path, const Scatter& scatter, const FigureOptions& options) {
  const std::size_t n = scatter.x.size();
  const auto& categories = scatter.categories;
  if (categories.categories.size() > palette_size) {
    throw InputError("", "'" + scatter.color_title + "'",
                     "has " + std::to_string(categories.categories.size()) + " categories, more than the " +
                         std::to_string(palette_size) + " distinguishable colors",
                     "color by another column, or merge categories");
  }
  const auto named = static_cast<std::size_t>(
      std::count_if(scatter.names.begin(), scatter.names.end(), [](const std::string& name) { return !name.empty(); }));
  if (named > max_names) {
    throw InputError("", "--names", std::to_string(named) + " labels would not be legible",
                     "choose at most " + std::to_string(max_names) + " points");
  }
  std::vector<Color> colors(n, category_color(0));
  std::vector<std::uint8_t> missing(n, 0);
  ColorRange range;
  if (!categories.codes.empty()) {
    for (std::size_t i = 0; i < n; ++i) {
      missing[i] = categories.codes[i] < 0;
      colors[i] = missing[i] ? missing_color : category_color(static_cast<std::size_t>(categories.codes[i]));
    }
  } else if (!scatter.values.empty()) {
    range = color_range(scatter.values);
    for (std::size_t i = 0; i < n; ++i) {
      const double value = scatter.values[i];
      missing[i] = !std::isfinite(value);
      colors[i] = missing[i] ? missing_color : viridis((value - range.low) / (range.high - range.low));
    }
  }
  const ScatterLayout layout = lay_out(scatter, options);
  Canvas canvas(path, layout.width, layout.height, options.dots_per_inch);
  draw_pairs(canvas, scatter, layout);
  draw_points(canvas, scatter, layout, colors, missing);
  canvas.set_color(ink);
  canvas.text(layout.plot.x, 16, scatter.title, title_size, true);
  draw_axes(canvas, scatter, layout);
  if (layout.color_bar.width > 0) {
    draw_color_bar(canvas, scatter, layout, range);
  } else {
    canvas.set_color(ink);
    canvas.text(layout.legend.x, layout.legend.y, scatter.color_title, label_size, true, Align::left,
                2 * max_label_width);
  }
  draw_keys(canvas, layout);
  draw_names(canvas, scatter, layout, colors);
  if (layout.names != MapNames::none) draw_names_on_map(canvas, scatter, layout);
  canvas.save();
}

}  // namespace replearn::report
