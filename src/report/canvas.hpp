#pragma once
#include <cairo.h>

#include <string>

#include "report/palette.hpp"

namespace replearn::report {

/// Extent of a text in points.
struct TextSize {
  double width, height;
};

enum class Align { left, center, right };

/// A page of a PNG, SVG or PDF, in points (1/72 inch) from the upper left corner. Kept in memory and written by save().
/// One process.
class Canvas {
 public:
  /// The format is given by the extension of `path`. Throws InputError unless it is .png, .svg or .pdf.
  Canvas(const std::string& path, double width, double height, double dots_per_inch);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  cairo_t* context() const { return context_; }
  /// Resolution of embedded images in pixels per point: that of the page for PNG, else 300 per inch.
  double pixels_per_point() const { return pixels_per_point_; }

  void set_color(Color color, double opacity = 1);
  /// Draws text with its upper edge at y; x is its left edge, center or right edge. Of text wider than max_width, the
  /// middle is left out. In an SVG it is text, above all drawings.
  void text(double x, double y, const std::string& text, double size, bool bold = false, Align align = Align::left,
            double max_width = 0, double turned = 0);
  /// The same with a white outline, so that the text is legible on any color.
  void outlined_text(double x, double y, const std::string& text, double size, bool bold = false,
                     Align align = Align::left);
  /// Text extent, computed without a page.
  static TextSize text_size(const std::string& text, double size, bool bold = false);

  /// Writes the file under a temporary name beside it and renames it. Throws SystemError naming the path.
  void save();

 private:
  void draw_text(double x, double y, const std::string& text, double size, bool bold, Align align, double turned,
                 bool outlined);
  std::string path_;
  std::string bytes_;  // declared before the surface, whose destructor writes to it
  cairo_surface_t* surface_ = nullptr;
  cairo_t* context_ = nullptr;
  double pixels_per_point_;
  bool png_ = false, svg_ = false;
  std::string svg_texts_;  // elements that are added at the end
  Color color_{};
  double opacity_ = 1;
};

}  // namespace replearn::report
