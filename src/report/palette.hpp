#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace replearn::report {

/// Red, green, blue from 0 to 255.
struct Color {
  std::uint8_t red, green, blue;
};

/// Number of distinguishable category colors.
constexpr std::size_t palette_size = 40;

/// The color of a category, 0 <= category < palette_size. The first six are from Okabe and Ito; each further one
/// maximizes the CIELAB distance from all previous ones, minimized over normal vision, deuteranopia and protanopia
/// (Machado 2009); very light, very dark and very saturated colors are excluded.
Color category_color(std::size_t category);

/// Lines and text; secondary text.
constexpr Color ink = {40, 40, 40}, faint = {120, 120, 120};

/// For points whose category or value is missing.
constexpr Color missing_color = {200, 200, 200};

/// A color as matplotlib and CSS write it: "#1f77b4", "#1f77b4ff" (the opacity is ignored) or a CSS name. Not a color:
/// nothing. Local.
std::optional<Color> parse_color(const std::string& text);

/// Matplotlib's viridis, by Stefan van der Walt and Nathaniel Smith (CC0). 0 <= value <= 1; other values are clipped.
Color viridis(double value);

}  // namespace replearn::report
