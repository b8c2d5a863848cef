#include "report/field.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "report/axes.hpp"

namespace replearn::report {
namespace {

constexpr double plot_side = 330, left_margin = 46, title_height = 44, below = 44, value_bar_width = 12;

/// Width and height of the map on the page: equal scales for both axes, unless the result would be too narrow.
Rectangle frame_of(const Field& field) {
  const double width = field.right - field.left, height = field.top - field.bottom;
  const double ratio = std::clamp(height / width, 0.4, 2.5);
  return {left_margin, title_height, ratio > 1 ? plot_side / ratio : plot_side,
          ratio > 1 ? plot_side : plot_side * ratio};
}

}  // namespace

void Field::set_extent() {
  if (x.empty()) return;
  const auto [x_low, x_high] = std::minmax_element(x.begin(), x.end());
  const auto [y_low, y_high] = std::minmax_element(y.begin(), y.end());
  const float across = std::max(0.05f * (*x_high - *x_low), 1e-6f), along = std::max(0.05f * (*y_high - *y_low), 1e-6f);
  left = *x_low - across, right = *x_high + across;
  bottom = *y_low - along, top = *y_high + along;
}

void write_field(const std::string& path, const Field& field, double dots_per_inch) {
  const Rectangle frame = frame_of(field);
  const double page_width = frame.x + frame.width + 90, page_height = frame.y + frame.height + below;
  Canvas canvas(path, page_width, page_height, dots_per_inch);
  cairo_t* context = canvas.context();
  const auto [least, greatest] = std::minmax_element(field.values.begin(), field.values.end());
  const double low = field.values.empty() ? 0 : *least;
  const double high = field.values.empty() || !(*greatest > *least) ? low + 1 : static_cast<double>(*greatest);
  const double width = frame.width / static_cast<double>(field.columns);
  const double height = frame.height / static_cast<double>(field.rows);
  cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE);  // no seams between cells
  for (Index row = 0; row < field.rows; ++row) {
    for (Index column = 0; column < field.columns; ++column) {
      const double value = field.values[row * field.columns + column];
      canvas.set_color(viridis((value - low) / (high - low)));
      cairo_rectangle(context, frame.x + width * static_cast<double>(column),
                      frame.y + height * static_cast<double>(row), width, height);
      cairo_fill(context);
    }
  }
  cairo_set_antialias(context, CAIRO_ANTIALIAS_DEFAULT);
  const Axis across{field.left, field.right, false}, along{field.bottom, field.top, false};
  const double radius = field.x.size() > 2000 ? 0.7 : 1.2;
  canvas.set_color({255, 255, 255}, field.x.size() > 2000 ? 0.5 : 0.8);
  for (std::size_t i = 0; i < field.x.size(); ++i) {
    cairo_arc(context, frame.x + frame.width * across.share(field.x[i]),
              frame.y + frame.height * (1 - along.share(field.y[i])), radius, 0, 2 * std::numbers::pi);
    cairo_fill(context);
  }
  canvas.set_color(ink);
  canvas.text(frame.x, 12, field.title, title_size, true);
  cairo_set_line_width(context, 0.8);
  cairo_rectangle(context, frame.x, frame.y, frame.width, frame.height);
  cairo_stroke(context);
  canvas.text(frame.x + frame.width / 2, frame.y + frame.height + 8, field.x_label, axis_size, false, Align::center);
  canvas.text(frame.x - 18, frame.y + frame.height / 2, field.y_label, axis_size, false, Align::left, 0,
              -std::numbers::pi / 2);

  const double bar_x = frame.x + frame.width + 18, bar_height = std::min(frame.height, 160.0);
  canvas.text(bar_x, frame.y - 14, field.color_title, label_size, true);
  constexpr int steps = 64;
  cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE);
  for (int k = 0; k < steps; ++k) {
    canvas.set_color(viridis(1 - (k + 0.5) / steps));
    cairo_rectangle(context, bar_x, frame.y + bar_height * k / steps, value_bar_width, bar_height / steps);
    cairo_fill(context);
  }
  cairo_set_antialias(context, CAIRO_ANTIALIAS_DEFAULT);
  const double line = Canvas::text_size("0", label_size).height, step = nice_step(high - low, 5);
  canvas.set_color(ink);
  for (double value = std::ceil(low / step - 1e-9) * step; value <= high + 1e-9 * step; value += step) {
    const double y = frame.y + bar_height * (high - value) / (high - low);
    char text[32];
    std::snprintf(text, sizeof(text), "%g", std::abs(value) < 1e-9 * step ? 0.0 : value);
    canvas.text(bar_x + value_bar_width + 5, y - line / 2, text, label_size);
  }
  canvas.save();
}

}  // namespace replearn::report
