#pragma once
#include <string>
#include <vector>

#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"

namespace replearn::report {

/// A scale along one side of a plot, in the data's units.
struct Axis {
  std::string label;
  double low = 0, high = 1;
  bool logarithmic = false;  ///< low > 0 then
};

/// Round numbers within an axis, 3 to 8 of them: multiples of 1, 2 or 5 times a power of ten; on a logarithmic axis of
/// more than a decade 1, 2, 5, 10 ...
std::vector<double> ticks(const Axis& axis);
/// "0.05", "1e-06", "20000".
std::string tick_text(double value);

/// The box of a plot with its ticks, their numbers and the axes' names, and where data lie in it.
class Frame {
 public:
  Frame(const Rectangle& place, Axis x, Axis y) : place_(place), x_(std::move(x)), y_(std::move(y)) {}
  double x(double value) const { return place_.x + place_.width * share(x_, value); }
  double y(double value) const { return place_.y + place_.height * (1 - share(y_, value)); }
  const Rectangle& place() const { return place_; }
  /// Numbers left of the box take about 40 points, the axis' name 15 more; below it 30 in all.
  void draw(Canvas& canvas) const;

 private:
  static double share(const Axis& axis, double value);
  Rectangle place_;
  Axis x_, y_;
};

}  // namespace replearn::report
