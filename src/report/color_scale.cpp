#include "report/color_scale.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.hpp"

namespace replearn::report {
namespace {

/// ColorBrewer's RdBu (Cynthia Brewer, Apache 2.0), with a gray middle that can be seen on white paper.
Color diverging(double value) {
  constexpr Color stops[] = {{5, 48, 97}, {67, 147, 195}, {222, 222, 222}, {214, 96, 77}, {103, 0, 31}};
  const double at = 2 * (std::clamp(value, -1.0, 1.0) + 1);
  const int first = std::min(3, static_cast<int>(at));
  const auto mix = [&](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + (at - first) * (b - a)));
  };
  const Color a = stops[first], b = stops[first + 1];
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

constexpr Color zero_color = {224, 224, 224};

}  // namespace

ColorLimit parse_color_limit(const std::string& option, const std::string& text) {
  if (text.empty()) return {};
  const bool is_percentile = text.front() == 'p';
  const char *begin = text.data() + (is_percentile ? 1 : 0), *end = text.data() + text.size();
  double value = 0;
  const auto [stopped, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || stopped != end || !std::isfinite(value) || (is_percentile && (value < 0 || value > 100)))
    throw InputError("", option, "'" + text + "' is neither a number nor a percentile",
                     "give a number (2.5) or a percentile from p0 to p100 (p99)");
  return is_percentile ? ColorLimit{{}, value} : ColorLimit{value, {}};
}

Color ColorScale::color(double value) const {
  if (gradient == Gradient::diverging) return diverging(value / std::max(std::abs(low), std::abs(high)));
  const double share = std::clamp((value - low) / (high - low), 0.0, 1.0);
  if (gradient == Gradient::sequential) return viridis(share);
  return value <= 0 ? zero_color : viridis(0.85 * (1 - share));
}

double percentile(const std::vector<float>& ascending, double q) {
  const double at = q / 100 * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto above = std::min(below + 1, ascending.size() - 1);
  const double a = ascending[below], b = ascending[above];
  return a + (at - static_cast<double>(below)) * (b - a);
}

ColorScale color_scale(const std::vector<float>& values, const ColorLimit& low, const ColorLimit& high, bool is_gene) {
  std::vector<float> ascending;
  for (const float value : values) {
    if (std::isfinite(value)) ascending.push_back(value);
  }
  if (ascending.empty()) return {};
  std::sort(ascending.begin(), ascending.end());
  const double least = ascending.front(), most = ascending.back();
  ColorScale scale;
  scale.low = low.number.value_or(low.percentile ? percentile(ascending, *low.percentile) : least);
  if (high.number) {
    scale.high = *high.number;
  } else if (high.percentile) {
    scale.high = percentile(ascending, *high.percentile);
    if (!(scale.high > scale.low)) scale.high = most;
  } else {
    const double almost = percentile(ascending, 99);
    const bool clip = almost > scale.low && (is_gene || most - scale.low > 1.5 * (almost - scale.low));
    scale.high = clip ? almost : most;
  }
  if (!(scale.high > scale.low) && low.percentile) scale.low = least;
  if (!(scale.high > scale.low)) scale.high = scale.low + 1;
  const auto share = [&](auto begin, auto end) {
    return static_cast<double>(end - begin) / static_cast<double>(ascending.size());
  };
  scale.share_below = share(ascending.begin(), std::ranges::lower_bound(ascending, scale.low, {}, [](float v) { return double{v}; }));
  scale.share_above = share(std::ranges::upper_bound(ascending, scale.high, {}, [](float v) { return double{v}; }), ascending.end());
  if (scale.low < 0 && scale.high > 0) {
    scale.gradient = ColorScale::Gradient::diverging;
  } else if (least == 0 && scale.low == 0) {
    scale.gradient = ColorScale::Gradient::from_zero;
  }
  return scale;
}

}  // namespace replearn::report
