#include "report/density_chart.hpp"

#include <algorithm>
#include <cmath>

#include "report/axes.hpp"

namespace replearn::report {
namespace {

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

}  // namespace

void write_density_chart(const std::string& path, const DensityChart& chart, const FigureOptions& options) {
  const double height = 72 * options.height_inches, side = height - 54 - 42, width = side + 68 + 22;
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
      canvas.set_color(shade(std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(most))));
      const double left = across(static_cast<double>(i) * bin_x), right = across(static_cast<double>(i + 1) * bin_x);
      const double top = up(static_cast<double>(j + 1) * bin_y), bottom = up(static_cast<double>(j) * bin_y);
      cairo_rectangle(context, left, top, right - left, bottom - top);
      cairo_fill(context);
    }
  }
  cairo_set_antialias(context, CAIRO_ANTIALIAS_DEFAULT);
  if (chart.diagonal) {
    canvas.set_color(diagonal_line);
    cairo_set_line_width(context, 0.8);
    const double dashes[] = {4, 3};
    cairo_set_dash(context, dashes, 2, 0);
    cairo_move_to(context, across(0), up(0));
    cairo_line_to(context, across(axis.high), up(axis.high));
    cairo_stroke(context);
    cairo_set_dash(context, nullptr, 0, 0);
  }
  canvas.set_color(mean_line);
  cairo_set_line_width(context, 1.4);
  bool drawing = false;
  for (std::size_t i = 0; i < bins; ++i) {
    double sum = 0, count = 0;
    for (std::size_t j = 0; j < bins; ++j) {
      sum += static_cast<double>(chart.counts[i * bins + j]) * (static_cast<double>(j) + 0.5) * bin_y;
      count += static_cast<double>(chart.counts[i * bins + j]);
    }
    if (count == 0) continue;
    const double x = across((static_cast<double>(i) + 0.5) * bin_x), y = up(sum / count);
    if (drawing)
      cairo_line_to(context, x, y);
    else
      cairo_move_to(context, x, y);
    drawing = true;
  }
  cairo_stroke(context);
  canvas.save();
}

}  // namespace replearn::report
