#include "report/scatter.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "report/axes.hpp"
#include "report/canvas.hpp"
#include "report/map_labels.hpp"
#include "report/names.hpp"
#include "report/points.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {
namespace {

std::string percent(double share) {
  return fmt::format("{:.2g} %", 100 * share);
}

void draw_color_bar(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const ColorScale& range) {
  cairo_t* context = canvas.context();
  const auto& bar = layout.color_bar;
  canvas.set_color(ink);
  canvas.text(layout.legend.x, layout.legend.y, scatter.color_title, label_size, true, Align::left, max_label_width);
  cairo_pattern_t* gradient = cairo_pattern_create_linear(0, bar.y + bar.height, 0, bar.y);
  for (int k = 0; k <= 64; ++k) {
    const Color color = range.color(range.low + std::max(k / 64.0, 1e-6) * (range.high - range.low));
    cairo_pattern_add_color_stop_rgb(gradient, k / 64.0, color.red / 255.0, color.green / 255.0, color.blue / 255.0);
  }
  cairo_rectangle(context, bar.x, bar.y, bar.width, bar.height);
  cairo_set_source(context, gradient);
  cairo_fill(context);
  cairo_pattern_destroy(gradient);
  if (range.gradient == ColorScale::Gradient::from_zero) {
    canvas.set_color(range.color(0));
    cairo_rectangle(context, bar.x, bar.y + bar.height - 1, bar.width, 4);
    cairo_fill(context);
  }

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
  canvas.set_color(faint);
  const double below = bar.y + bar.height + 6;
  if (range.share_above > 0) canvas.text(bar.x, below, percent(range.share_above) + " higher", label_size - 1.5);
  if (range.share_below > 0) {
    canvas.text(bar.x, below + (range.share_above > 0 ? line : 0), percent(range.share_below) + " lower", label_size - 1.5);
  }
}

Color color_of(const Scatter& scatter, int category) {
  if (category < 0) return missing_color;
  const auto c = static_cast<std::size_t>(category);
  return scatter.category_colors.empty() ? category_color(c % palette_size) : scatter.category_colors[c];
}

void draw_keys(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout) {
  const double line = Canvas::text_size("0", label_size).height;
  const bool numbered = layout.names == MapNames::number;
  for (const auto& entry : layout.entries) {
    const double first = entry.place.y + (entry.place.height - line * static_cast<double>(entry.lines.size())) / 2;
    canvas.set_color(color_of(scatter, entry.category));
    cairo_arc(canvas.context(), entry.place.x + 5, first + line / 2, 4, 0, 2 * std::numbers::pi);
    cairo_fill(canvas.context());
    canvas.set_color(ink);
    double x = entry.place.x + 16;
    if (numbered && !entry.number.empty()) {
      canvas.text(x + 14, first, entry.number, label_size, true, Align::right);
      x += 18;
    }
    for (std::size_t k = 0; k < entry.lines.size(); ++k) {
      canvas.text(x, first + line * static_cast<double>(k), entry.lines[k], label_size);
    }
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

/// Throws InputError if the points cannot be told apart by their colors or labels.
void require_legible(const Scatter& scatter) {
  const auto& categories = scatter.categories;
  const std::set<std::int32_t> used(categories.codes.begin(), categories.codes.end());
  if (used.size() > max_categories) {
    throw InputError("", "'" + scatter.color_title + "'",
                     "has " + std::to_string(used.size()) + " categories, more than the " +
                         std::to_string(max_categories) + " that a legend can hold",
                     "color by another column, or merge categories");
  }
  const auto named = static_cast<std::size_t>(
      std::count_if(scatter.names.begin(), scatter.names.end(), [](const std::string& name) { return !name.empty(); }));
  if (named > max_names) {
    throw InputError("", "--names", std::to_string(named) + " labels would not be legible",
                     "choose at most " + std::to_string(max_names) + " points");
  }
}

bool have_same_legend(const Scatter& a, const Scatter& b) {
  return !a.categories.codes.empty() && a.color_title == b.color_title && a.categories.categories == b.categories.categories &&
         a.categories.codes == b.categories.codes;
}

/// Draws the scatter plot with its upper left corner at the origin of the canvas.
void draw_scatter(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout) {
  const std::size_t n = scatter.x.size();
  std::vector<Color> colors(n, category_color(0));
  std::vector<float> height(n, 0);  // points are drawn in this order; NaN: first
  ColorScale scale;
  if (!scatter.categories.codes.empty()) {
    for (std::size_t i = 0; i < n; ++i) {
      colors[i] = color_of(scatter, scatter.categories.codes[i]);
      if (scatter.categories.codes[i] < 0) height[i] = NAN;
    }
  } else if (!scatter.values.empty()) {
    scale = color_scale(scatter.values, scatter.low, scatter.high, scatter.is_gene);
    for (std::size_t i = 0; i < n; ++i) {
      const float value = scatter.values[i];
      colors[i] = std::isfinite(value) ? scale.color(value) : missing_color;
      height[i] = std::isfinite(value) ? value : NAN;
    }
  }
  draw_pairs(canvas, scatter, layout);
  draw_points(canvas, scatter, layout, colors, height);
  canvas.set_color(ink);
  canvas.text(layout.plot.x, 16, scatter.title, title_size, true);
  draw_axes(canvas, scatter, layout);
  if (!scatter.note.empty()) {
    const double bottom = layout.plot.y + layout.plot.height + 11;
    canvas.text(layout.plot.x + layout.plot.width, bottom, scatter.note, axis_size, false, Align::right);
  }
  if (layout.color_bar.width > 0) {
    draw_color_bar(canvas, scatter, layout, scale);
  } else if (scatter.has_legend) {
    canvas.set_color(ink);
    canvas.text(layout.legend.x, layout.legend.y, scatter.color_title, label_size, true, Align::left,
                2 * max_label_width);
  }
  draw_keys(canvas, scatter, layout);
  draw_names(canvas, scatter, layout, colors);
  if (layout.names != MapNames::none) {
    canvas.set_color(ink);
    draw_map_labels(canvas, scatter, layout);
  }
}

}  // namespace

void write_scatter(const std::string& path, const Scatter& scatter, const FigureOptions& options) {
  write_panels(path, {scatter}, 1, options);
}

void write_panels(const std::string& path, std::vector<Scatter> panels, std::size_t columns,
                  const FigureOptions& options) {
  for (std::size_t k = 0; k < panels.size(); ++k) {
    require_legible(panels[k]);
    if (k + 1 < panels.size() && (k + 1) % columns != 0 && have_same_legend(panels[k], panels[k + 1])) {
      panels[k].has_legend = false;
    }
  }
  std::vector<ScatterLayout> layouts;
  for (const auto& panel : panels) layouts.push_back(lay_out(panel, options));
  // Left edges of the columns and upper edges of the rows.
  std::vector<double> x(std::min(columns, panels.size()) + 1, 0), y((panels.size() + columns - 1) / columns + 1, 0);
  for (std::size_t k = 0; k < panels.size(); ++k) {
    x[k % columns + 1] = std::max(x[k % columns + 1], layouts[k].width);
    y[k / columns + 1] = std::max(y[k / columns + 1], layouts[k].height);
  }
  std::partial_sum(x.begin(), x.end(), x.begin());
  std::partial_sum(y.begin(), y.end(), y.begin());
  Canvas canvas(path, x.back(), y.back(), options.dots_per_inch);
  for (std::size_t k = 0; k < panels.size(); ++k) {
    cairo_save(canvas.context());
    cairo_translate(canvas.context(), x[k % columns], y[k / columns]);
    draw_scatter(canvas, panels[k], layouts[k]);
    cairo_restore(canvas.context());
  }
  canvas.save();
}

}  // namespace replearn::report
