#include "report/axes.hpp"

#include <fmt/core.h>

#include <cmath>
#include <vector>

#include "base/log.hpp"

namespace replearn::report {
namespace {

constexpr Color grid_line = {228, 228, 228};
constexpr double number_size = 7.5;

/// Tick positions, ascending; for a logarithmic axis powers of ten, with 2 and 5 times these if there are few.
std::vector<double> ticks(const Axis& axis) {
  std::vector<double> places;
  if (axis.logarithmic) {
    const double decades = std::log10(axis.high / axis.low);
    const std::vector<double> factors = decades > 3 ? std::vector<double>{1} : std::vector<double>{1, 2, 5};
    for (double power = std::pow(10.0, std::floor(std::log10(axis.low))); power <= axis.high; power *= 10) {
      for (const double factor : factors) {
        const double place = factor * power;
        if (place >= axis.low * (1 - 1e-9) && place <= axis.high * (1 + 1e-9)) places.push_back(place);
      }
    }
    if (places.size() >= 2) return places;
    places.clear();
  }
  const double step = nice_step(axis.high - axis.low, 5);
  for (double place = std::ceil(axis.low / step - 1e-9) * step; place <= axis.high + 1e-9 * step; place += step) {
    places.push_back(std::abs(place) < 1e-9 * step ? 0.0 : place);
  }
  return places;
}

}  // namespace

double nice_step(double span, int most) {
  const double rough = span / most, power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

double Axis::share(double value) const {
  if (!logarithmic) return (value - low) / (high - low);
  return std::log(value / low) / std::log(high / low);
}

void draw_frame(Canvas& canvas, const Rectangle& frame, const Axis& x, const Axis& y, const std::string& x_label,
                const std::string& y_label) {
  cairo_t* context = canvas.context();
  const double line = Canvas::text_size("0", number_size).height;
  cairo_set_line_width(context, 0.7);
  for (const double place : ticks(x)) {
    const double at = frame.x + frame.width * x.share(place);
    canvas.set_color(grid_line);
    cairo_move_to(context, at, frame.y);
    cairo_line_to(context, at, frame.y + frame.height);
    cairo_stroke(context);
    canvas.set_color(ink);
    canvas.text(at, frame.y + frame.height + 3, fmt::format("{:g}", place), number_size, false, Align::center);
  }
  for (const double place : ticks(y)) {
    const double at = frame.y + frame.height * (1 - y.share(place));
    canvas.set_color(grid_line);
    cairo_move_to(context, frame.x, at);
    cairo_line_to(context, frame.x + frame.width, at);
    cairo_stroke(context);
    canvas.set_color(ink);
    canvas.text(frame.x - 4, at - line / 2, fmt::format("{:g}", place), number_size, false, Align::right);
  }
  canvas.set_color(faint);
  cairo_set_line_width(context, 0.8);
  cairo_rectangle(context, frame.x, frame.y, frame.width, frame.height);
  cairo_stroke(context);
  canvas.set_color(ink);
  canvas.text(frame.x + frame.width / 2, frame.y + frame.height + 5 + line, x_label, axis_size, false, Align::center);
  if (!y_label.empty()) canvas.text(frame.x, frame.y - 4 - line, y_label, axis_size);
}

}  // namespace replearn::report
