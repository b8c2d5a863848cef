#include "report/line_chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/axes.hpp"

namespace replearn::report {
namespace {

constexpr Color line = {0, 114, 178}, border = {170, 170, 170}, ink = {60, 60, 60};

Axis axis_of(const LineChart& chart) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : chart.values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (!(low <= high)) return {chart.y_label, 0, 1, false};
  if (low == high) return {chart.y_label, low - 0.5, high + 0.5, false};
  if (low > 0 && high > 3 * low) return {chart.y_label, low / 1.1, high * 1.1, true};
  const double room = 0.05 * (high - low);
  return {chart.y_label, low - room, high + room, false};
}

}  // namespace

void write_line_chart(const std::string& path, const LineChart& chart, const FigureOptions& options) {
  const double width = 72 * options.width_inches, height = 72 * options.height_inches;
  Canvas canvas(path, width, height, options.dots_per_inch);
  cairo_t* context = canvas.context();
  canvas.set_color(ink);
  canvas.text(width / 2, 8, chart.title, title_size, true, Align::center, width - 20);
  const double last = std::max(1.0, static_cast<double>(chart.values.size()) - 1);
  const Frame frame({68, 46, width - 68 - 18, height - 46 - 42}, {chart.x_label, 0, last, false}, axis_of(chart));
  cairo_set_line_width(context, 0.8);
  for (std::size_t k = 0; k < chart.stretches.size(); ++k) {
    const double from = frame.x(chart.stretches[k].from);
    const double to =
        k + 1 < chart.stretches.size() ? frame.x(chart.stretches[k + 1].from) : frame.place().x + frame.place().width;
    if (chart.stretches[k].from > 0) {
      canvas.set_color(border);
      cairo_move_to(context, from, frame.place().y);
      cairo_line_to(context, from, frame.place().y + frame.place().height);
      cairo_stroke(context);
    }
    canvas.set_color(ink);
    if (to - from > 24) {
      canvas.text((from + to) / 2, frame.place().y - 13, chart.stretches[k].name, map_name_size, false, Align::center,
                  to - from - 4);
    }
  }
  canvas.set_color(line);
  cairo_set_line_width(context, 1.4);
  cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND);
  bool drawing = false;
  for (std::size_t k = 0; k < chart.values.size(); ++k) {
    const bool there = std::isfinite(chart.values[k]);
    const double x = frame.x(static_cast<double>(k)), y = there ? frame.y(chart.values[k]) : 0;
    if (there && drawing) cairo_line_to(context, x, y);
    if (there && !drawing) cairo_move_to(context, x, y);
    drawing = there;
  }
  cairo_stroke(context);
  frame.draw(canvas);
  canvas.save();
}

}  // namespace replearn::report
