#pragma once
#include <cstddef>
#include <cstdint>

namespace replearn::report {

/// Red, green, blue from 0 to 255.
struct Color {
  std::uint8_t red, green, blue;
};

/// How many categories are told apart by color.
constexpr std::size_t palette_size = 40;

/// The color of a category, 0 <= category < palette_size. The first six are Okabe and Ito's; each further one is the
/// color farthest in CIELAB from all before it, as seen with normal sight, deuteranopia or protanopia (Machado 2009),
/// whichever sees the least of a difference; none is very light, very dark or shrill.
Color category_color(std::size_t category);

/// For points whose category or value is missing.
constexpr Color missing_color = {200, 200, 200};

/// Matplotlib's viridis, by Stefan van der Walt and Nathaniel Smith (CC0). 0 <= value <= 1; beyond is clipped.
Color viridis(double value);

}  // namespace replearn::report
