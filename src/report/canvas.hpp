#pragma once
#include <cairo.h>

#include <string>

#include "report/palette.hpp"

namespace replearn::report {

/// Size of a text in points.
struct TextSize {
  double width, height;
};

enum class Align { left, center, right };

/// A page of a PNG, SVG or PDF, measured in points (1/72 inch) from the upper left corner. Kept in memory and written
/// whole by save(). One process.
class Canvas {
 public:
  /// The format follows the suffix of `path`. Throws InputError for one that is not .png, .svg or .pdf.
  Canvas(const std::string& path, double width, double height, double dots_per_inch);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  cairo_t* context() const { return context_; }
  /// Pixels a point of an image that is to be put on this page: its own for PNG, 300 an inch else.
  double pixels_per_point() const { return pixels_per_point_; }

  void set_color(Color color, double opacity = 1);
  /// Text with its upper edge at y; x is its left edge, middle or right edge. Longer than max_width: ends in "...".
  void text(double x, double y, const std::string& text, double size, bool bold = false, Align align = Align::left,
            double max_width = 0, double turned = 0);
  /// Measured without a page.
  static TextSize text_size(const std::string& text, double size, bool bold = false);

  /// Writes the file under a temporary name beside it and renames it. Throws SystemError naming the path.
  void save();

 private:
  std::string path_;
  std::string bytes_;  // before the surface: it is written to while that is destroyed
  cairo_surface_t* surface_ = nullptr;
  cairo_t* context_ = nullptr;
  double pixels_per_point_;
  bool png_ = false;
};

}  // namespace replearn::report
