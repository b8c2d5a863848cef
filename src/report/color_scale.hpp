#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/palette.hpp"

namespace replearn::report {

/// An end of a color scale as the user gives it: "" (automatic), a number, or a percentile of the values ("p99").
struct ColorLimit {
  std::optional<double> number, percentile;
};

/// Throws InputError naming the option if the text is neither. Local.
ColorLimit parse_color_limit(const std::string& option, const std::string& text);

/// Colors of numbers. Three gradients, safe for color-blind readers: viridis; from zero (nothing negative, something
/// zero): gray for exactly 0, then darker with the value; diverging (values of both signs): neutral at 0, blue below,
/// red above, with equal steps on both sides.
struct ColorScale {
  enum class Gradient { sequential, from_zero, diverging };
  double low = 0, high = 1;          ///< low < high
  double share_below = 0, share_above = 0;  ///< fractions of the finite values beyond the ends
  Gradient gradient = Gradient::sequential;

  /// Values beyond an end have the color of that end.
  Color color(double value) const;
};

/// The q-th percentile of ascending values, 0 <= q <= 100, interpolated linearly as by numpy.percentile.
double percentile(const std::vector<float>& ascending, double q);

/// The scale for these values; those that are not finite are ignored. Automatic ends are the extremes; for a gene, the
/// upper one is the 99th percentile, and for other values as well if the rest would otherwise share one color. A
/// percentile that leaves no range is replaced by the extreme. O(n log n).
ColorScale color_scale(const std::vector<float>& values, const ColorLimit& low, const ColorLimit& high, bool is_gene);

}  // namespace replearn::report
