#include "report/curves.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "report/axes.hpp"

namespace replearn::report {
namespace {

constexpr double panel_width = 210, panel_height = 165, left_room = 46, right_room = 14, room_above = 34,
                 room_below = 34, key_line = 11;
constexpr std::size_t max_side_by_side = 3;

struct Ranges {
  Axis x, y;
};

Ranges ranges_of(const CurvePanel& panel) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double x_low = infinity, x_high = -infinity, y_low = infinity, y_high = -infinity;
  bool lines = false, bars = false;
  for (const auto& curve : panel.curves) {
    lines = lines || curve.style == Curve::Style::line;
    bars = bars || curve.style == Curve::Style::bars;
    if (curve.style == Curve::Style::bars && !curve.x.empty()) x_high = std::max(x_high, curve.x.back());
    for (std::size_t i = 0; i < curve.y.size(); ++i) {
      if (!std::isfinite(curve.y[i])) continue;
      x_low = std::min(x_low, curve.x[i]), x_high = std::max(x_high, curve.x[i]);
      y_low = std::min(y_low, curve.y[i]), y_high = std::max(y_high, curve.y[i]);
    }
  }
  Ranges ranges;
  if (!(x_low <= x_high)) return ranges;
  if (lines && panel.from_zero && !panel.logarithmic_x && x_low > 0) x_low = 0;
  if (bars) y_low = 0;
  ranges.x = {x_low, x_high > x_low ? x_high : x_low + 1, panel.logarithmic_x && x_low > 0};
  ranges.y.logarithmic = panel.logarithmic && y_low > 0 && y_high > 1.05 * y_low;
  if (ranges.y.logarithmic) {
    ranges.y.low = y_low / 1.03, ranges.y.high = y_high * 1.03;
  } else {
    const double margin = y_high > y_low ? 0.05 * (y_high - y_low) : 0.05 * std::max(std::abs(y_low), 1e-6);
    ranges.y.low = bars ? 0 : y_low - margin, ranges.y.high = y_high + margin;
  }
  return ranges;
}

Color color_of(const Curve& curve, std::size_t place) {
  if (curve.color == Curve::gray) return missing_color;
  return category_color((curve.color >= 0 ? static_cast<std::size_t>(curve.color) : place) % palette_size);
}

void set_dashes(cairo_t* context, bool dashed) {
  constexpr double dashes[] = {4, 2.5};
  cairo_set_dash(context, dashes, dashed ? 2 : 0, 0);
}

void draw_dots(Canvas& canvas, const Curve& curve, Color color, const Rectangle& frame, const Ranges& ranges,
              double radius) {
  canvas.set_color(color);
  for (std::size_t i = 0; i < curve.y.size(); ++i) {
    if (!std::isfinite(curve.y[i]) || (ranges.y.logarithmic && curve.y[i] <= 0)) continue;
    cairo_arc(canvas.context(), frame.x + frame.width * ranges.x.share(curve.x[i]),
              frame.y + frame.height * (1 - ranges.y.share(curve.y[i])), radius, 0, 2 * std::numbers::pi);
    cairo_fill(canvas.context());
  }
}

void draw_curve(Canvas& canvas, const Curve& curve, Color color, const Rectangle& frame, const Ranges& ranges) {
  cairo_t* context = canvas.context();
  canvas.set_color(color);
  cairo_set_line_width(context, 1.3);
  set_dashes(context, curve.dashed);
  // Few points are marked; a single one would not be seen otherwise.
  constexpr std::size_t max_marked = 12;
  const auto finite = std::count_if(curve.y.begin(), curve.y.end(), [](double y) { return std::isfinite(y); });
  if (finite <= static_cast<std::ptrdiff_t>(max_marked)) {
    set_dashes(context, false);
    draw_dots(canvas, curve, color, frame, ranges, 1.8);
    set_dashes(context, curve.dashed);
  }
  bool drawing = false;
  for (std::size_t i = 0; i < curve.y.size(); ++i) {
    const double value = curve.y[i];
    if (!std::isfinite(value) || (ranges.y.logarithmic && value <= 0)) {
      drawing = false;
      continue;
    }
    const double x = frame.x + frame.width * ranges.x.share(curve.x[i]);
    const double y = frame.y + frame.height * (1 - ranges.y.share(value));
    if (drawing)
      cairo_line_to(context, x, y);
    else
      cairo_move_to(context, x, y);
    drawing = true;
  }
  cairo_stroke(context);
  set_dashes(context, false);
}

void draw_bars(Canvas& canvas, const Curve& curve, Color color, const Rectangle& frame, const Ranges& ranges) {
  canvas.set_color(color);
  for (std::size_t i = 0; i < curve.y.size(); ++i) {
    const double left = ranges.x.share(curve.x[i]), right = ranges.x.share(curve.x[i + 1]);
    const double height = frame.height * ranges.y.share(curve.y[i]);
    cairo_rectangle(canvas.context(), frame.x + frame.width * left, frame.y + frame.height - height,
                    frame.width * (right - left), height);
  }
  cairo_fill(canvas.context());
}

/// Vertical lines with their names beside them, one below the other.
void draw_marks(Canvas& canvas, const CurvePanel& panel, const Rectangle& frame, const Ranges& ranges) {
  constexpr double name_height = 7;
  double top = frame.y + 3;
  for (const auto& [name, at] : panel.marks) {
    const double share = ranges.x.share(at);
    if (!(share >= 0 && share <= 1)) continue;
    const double x = frame.x + frame.width * share;
    canvas.set_color(ink);
    cairo_set_line_width(canvas.context(), 0.9);
    set_dashes(canvas.context(), true);
    cairo_move_to(canvas.context(), x, frame.y);
    cairo_line_to(canvas.context(), x, frame.y + frame.height);
    cairo_stroke(canvas.context());
    set_dashes(canvas.context(), false);
    canvas.outlined_text(share < 0.5 ? x + 3 : x - 3, top, fmt::format("{} ({:g})", name, at), name_height, false, share < 0.5 ? Align::left : Align::right);
    top += 1.4 * name_height;
  }
}

void draw_panel(Canvas& canvas, const CurvePanel& panel, double x, double y) {
  const Rectangle frame{x + left_room, y + room_above, panel_width, panel_height};
  const Ranges ranges = ranges_of(panel);
  canvas.set_color(ink);
  canvas.text(frame.x, y + 4, panel.title, label_size + 1, true, Align::left, panel_width);
  draw_frame(canvas, frame, ranges.x, ranges.y, panel.x_label, panel.y_label);
  cairo_t* context = canvas.context();
  cairo_save(context);
  cairo_rectangle(context, frame.x, frame.y, frame.width, frame.height);
  cairo_clip(context);
  for (std::size_t k = 0; k < panel.curves.size(); ++k) {
    const auto& curve = panel.curves[k];
    const Color color = color_of(curve, k);
    if (curve.style == Curve::Style::bars) draw_bars(canvas, curve, color, frame, ranges);
    if (curve.style == Curve::Style::dots) draw_dots(canvas, curve, color, frame, ranges, curve.y.size() > 2000 ? 0.8 : 1.3);
    if (curve.style == Curve::Style::line) draw_curve(canvas, curve, color, frame, ranges);
  }
  draw_marks(canvas, panel, frame, ranges);
  cairo_restore(context);
  double key = frame.y + frame.height + room_below;
  for (std::size_t k = 0; k < panel.curves.size(); ++k) {
    const auto& curve = panel.curves[k];
    if (curve.name.empty()) continue;
    canvas.set_color(color_of(curve, k));
    cairo_set_line_width(context, 1.6);
    set_dashes(context, curve.dashed);
    cairo_move_to(context, frame.x, key + 5);
    cairo_line_to(context, frame.x + 20, key + 5);
    cairo_stroke(context);
    set_dashes(context, false);
    canvas.set_color(ink);
    canvas.text(frame.x + 26, key, curve.name, label_size - 1, false, Align::left, panel_width - 26);
    key += key_line;
  }
}

}  // namespace

void write_curves(const std::string& path, const CurveFigure& figure, double dots_per_inch) {
  std::size_t keys = 0;
  for (const auto& panel : figure.panels) {
    const auto named =
        std::count_if(panel.curves.begin(), panel.curves.end(), [](const Curve& curve) { return !curve.name.empty(); });
    keys = std::max(keys, static_cast<std::size_t>(named));
  }
  const std::size_t count = figure.panels.size(), beside = std::min(count, max_side_by_side);
  const std::size_t rows = (count + max_side_by_side - 1) / max_side_by_side;
  const double width = left_room + panel_width + right_room;
  const double height = room_above + panel_height + room_below + key_line * static_cast<double>(keys) + 10;
  const double title = 30;
  const double title_width = 14 + Canvas::text_size(figure.title, title_size, true).width + 14;
  Canvas canvas(path, std::max(width * static_cast<double>(beside) + 8, title_width), title + height * static_cast<double>(rows),
                dots_per_inch);
  canvas.set_color(ink);
  canvas.text(14, 10, figure.title, title_size, true);
  for (std::size_t k = 0; k < count; ++k) {
    draw_panel(canvas, figure.panels[k], width * static_cast<double>(k % max_side_by_side),
               title + height * static_cast<double>(k / max_side_by_side));
  }
  canvas.save();
}

}  // namespace replearn::report
