#include "report/axes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

namespace replearn::report {
namespace {

constexpr Color ink = {60, 60, 60};
constexpr double tick_length = 3, number_size = 8;

}  // namespace

std::string tick_text(double value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 6);
  return {text, end};
}

std::vector<double> ticks(const Axis& axis) {
  std::vector<double> found;
  if (axis.logarithmic && axis.high > 10 * axis.low) {
    const int first = static_cast<int>(std::floor(std::log10(axis.low))),
              last = static_cast<int>(std::ceil(std::log10(axis.high)));
    const bool few = last - first <= 2;
    const int step = std::max(1, (last - first) / 6);
    for (int power = first; power <= last; power += step) {
      for (const double digit : {1.0, 2.0, 5.0}) {
        const double value = digit * std::pow(10, power);
        if ((few || digit == 1) && value >= axis.low * (1 - 1e-9) && value <= axis.high * (1 + 1e-9)) {
          found.push_back(value);
        }
      }
    }
    return found;
  }
  const double rough = (axis.high - axis.low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  const double step = power * (rough < 1.5 * power ? 1 : rough < 3.5 * power ? 2 : rough < 7.5 * power ? 5 : 10);
  for (double k = std::ceil(axis.low / step - 1e-9); k * step <= axis.high + 1e-9 * step; ++k) {
    found.push_back(k == 0 ? 0 : k * step);
  }
  return found;
}

double Frame::share(const Axis& axis, double value) {
  const double width = axis.logarithmic ? std::log(axis.high / axis.low) : axis.high - axis.low;
  const double from_low = axis.logarithmic ? std::log(value / axis.low) : value - axis.low;
  return width > 0 ? from_low / width : 0.5;
}

void Frame::draw(Canvas& canvas) const {
  cairo_t* context = canvas.context();
  canvas.set_color(ink);
  cairo_set_line_width(context, 0.8);
  cairo_rectangle(context, place_.x, place_.y, place_.width, place_.height);
  const double left = place_.x, bottom = place_.y + place_.height;
  for (const double value : ticks(x_)) {
    cairo_move_to(context, x(value), bottom);
    cairo_line_to(context, x(value), bottom + tick_length);
  }
  for (const double value : ticks(y_)) {
    cairo_move_to(context, left, y(value));
    cairo_line_to(context, left - tick_length, y(value));
  }
  cairo_stroke(context);
  for (const double value : ticks(x_)) {
    canvas.text(x(value), bottom + tick_length + 1, tick_text(value), number_size, false, Align::center);
  }
  double widest = 0;
  for (const double value : ticks(y_)) {
    const auto text = tick_text(value);
    const auto size = Canvas::text_size(text, number_size);
    widest = std::max(widest, size.width);
    canvas.text(left - tick_length - 2, y(value) - size.height / 2, text, number_size, false, Align::right);
  }
  canvas.text(left + place_.width / 2, bottom + 15, x_.label, axis_size, false, Align::center);
  const double height = Canvas::text_size(y_.label, axis_size).height;
  canvas.text(left - tick_length - 6 - widest - height, place_.y + place_.height / 2, y_.label, axis_size, false,
              Align::center, 0, -std::numbers::pi / 2);
}

}  // namespace replearn::report
