#include "report/density_chart.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "report/axes.hpp"

namespace replearn::report {
namespace {

/// For the color bar and its numbers.
constexpr double bar_room = 66, bar_thickness = 12;

constexpr Color text_color = {60, 60, 60}, mean_line = {213, 94, 0}, diagonal_line = {0, 0, 0};

/// White for empty bins, then from the light to the dark end of viridis.
Color shade(double share) {
  if (!(share > 0)) return {255, 255, 255};
  const Color full = viridis(1 - share);
  const double strength = std::min(1.0, 0.25 + 1.5 * share);
  const auto mix = [&](std::uint8_t channel) {
    return static_cast<std::uint8_t>(std::lround(255 + strength * (channel - 255)));
  };
  return {mix(full.red), mix(full.green), mix(full.blue)};
}

double level(double count, Index most) {
  return std::log1p(count) / std::log1p(static_cast<double>(most));
}

/// The colors of the counts, with powers of ten.
void draw_bar(Canvas& canvas, const Rectangle& plot, Index most) {
  constexpr int steps = 100;
  const double left = plot.x + plot.width + 16, height = 0.5 * plot.height, top = plot.y + 18;
  const double line = Canvas::text_size("0", axis_size).height;
  canvas.set_color(text_color);
  canvas.text(left, plot.y, "pairs per bin", axis_size);
  for (int k = 0; k < steps; ++k) {
    canvas.set_color(shade((k + 1.0) / steps));
    cairo_rectangle(canvas.context(), left, top + height * (steps - 1 - k) / steps, bar_thickness, height / steps);
    cairo_fill(canvas.context());
  }
  canvas.set_color(text_color);
  for (double count = 1; count <= static_cast<double>(most); count *= 10) {
    const double y = top + height * (1 - level(count, most));
    canvas.text(left + bar_thickness + 5, y - line / 2, fmt::format("{:g}", count), axis_size);
  }
}

}  // namespace

void write_density_chart(const std::string& path, const DensityChart& chart, const FigureOptions& options) {
  const double height = 72 * options.height_inches, side = height - 54 - 42, width = side + 68 + 22 + bar_room;
  Canvas canvas(path, width, height, options.dots_per_inch);
  cairo_t* context = canvas.context();
  canvas.set_color(text_color);
  canvas.text(width / 2, 8, chart.title, title_size, true, Align::center, width - 20);
  const Axis axis{0, std::max(chart.x_to, chart.y_to), false};  // the same scale for both axes
  const Rectangle plot{68, 54, side, side};
  const auto across = [&](double x) { return plot.x + plot.width * axis.share(x); };
  const auto up = [&](double y) { return plot.y + plot.height * (1 - axis.share(y)); };
  draw_frame(canvas, plot, axis, axis, chart.x_label, chart.y_label);
  const auto bins = static_cast<std::size_t>(chart.bins);
  const Index most = chart.counts.empty() ? 0 : *std::max_element(chart.counts.begin(), chart.counts.end());
  const double bin_x = bins > 0 ? chart.x_to / static_cast<double>(bins) : 0,
               bin_y = bins > 0 ? chart.y_to / static_cast<double>(bins) : 0;
  cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE);  // avoids light seams between bins
  for (std::size_t i = 0; i < bins; ++i) {
    for (std::size_t j = 0; j < bins; ++j) {
      const Index count = chart.counts[i * bins + j];
      if (count == 0) continue;
      canvas.set_color(shade(level(static_cast<double>(count), most)));
      const double left = across(static_cast<double>(i) * bin_x), right = across(static_cast<double>(i + 1) * bin_x);
      const double top = up(static_cast<double>(j + 1) * bin_y), bottom = up(static_cast<double>(j) * bin_y);
      cairo_rectangle(context, left, top, right - left, bottom - top);
      cairo_fill(context);
    }
  }
  if (most > 0) draw_bar(canvas, plot, most);
  cairo_set_antialias(context, CAIRO_ANTIALIAS_DEFAULT);
  if (chart.diagonal) {
    canvas.set_color(diagonal_line);
    cairo_set_line_width(context, 0.8);
    const double dashes[] = {4, 3};
    cairo_set_dash(context, dashes, 2, 0);
    cairo_move_to(context, across(0), up(0));
    const double end = std::min(chart.x_to, chart.y_to);  // where the data end
    cairo_line_to(context, across(end), up(end));
    cairo_stroke(context);
    cairo_set_dash(context, nullptr, 0, 0);
  }
  canvas.set_color(mean_line);
  cairo_set_line_width(context, 1.4);
  bool drawing = false;
  // The mean of a few pairs is noise: it ends where a bin has less than a fiftieth of the pairs of an average one.
  double pairs = 0;
  for (const Index count : chart.counts) pairs += static_cast<double>(count);
  const double fewest = std::max(1.0, pairs / (50 * static_cast<double>(std::max<std::size_t>(1, bins))));
  for (std::size_t i = 0; i < bins; ++i) {
    double sum = 0, count = 0;
    for (std::size_t j = 0; j < bins; ++j) {
      sum += static_cast<double>(chart.counts[i * bins + j]) * (static_cast<double>(j) + 0.5) * bin_y;
      count += static_cast<double>(chart.counts[i * bins + j]);
    }
    if (count < fewest) continue;
    const double x = across((static_cast<double>(i) + 0.5) * bin_x), y = up(sum / count);
    if (drawing)
      cairo_line_to(context, x, y);
    else
      cairo_move_to(context, x, y);
    drawing = true;
  }
  cairo_stroke(context);
  const double line = Canvas::text_size("0", label_size).height;
  canvas.outlined_text(plot.x + 6, plot.y + 5, "mean", label_size, true);
  canvas.set_color(diagonal_line);
  if (chart.diagonal) canvas.outlined_text(plot.x + 6, plot.y + 5 + line, "equal (dashed)", label_size);
  canvas.save();
}

}  // namespace replearn::report
