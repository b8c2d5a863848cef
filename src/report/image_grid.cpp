#include "report/image_grid.hpp"

#include <algorithm>
#include <cmath>

#include "report/canvas.hpp"

namespace replearn::report {
namespace {

constexpr double border = 14, name_width = 92, image_gap = 3, row_gap = 9, image_size = 34;

Color gray(float share) {
  const auto level = static_cast<std::uint8_t>(std::lround(255 * (1 - std::clamp(share, 0.0f, 1.0f))));
  return {level, level, level};
}

}  // namespace

void write_image_grid(const std::string& path, const ImageGrid& grid, double dots_per_inch) {
  std::size_t longest = 0;
  for (const auto& row : grid.rows) longest = std::max(longest, row.images.size());
  const double pixel = image_size / static_cast<double>(std::max(grid.width, grid.height));
  const double wide = pixel * static_cast<double>(grid.width), high = pixel * static_cast<double>(grid.height);
  const double top = border + 24;
  Canvas canvas(path, 2 * border + name_width + static_cast<double>(longest) * (wide + image_gap),
                top + border + static_cast<double>(grid.rows.size()) * (high + row_gap), dots_per_inch);
  cairo_t* context = canvas.context();
  canvas.set_color({255, 255, 255});
  cairo_paint(context);
  canvas.set_color({0, 0, 0});
  canvas.text(border, border, grid.title, 13, true);
  // Avoids seams between pixels.
  cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE);
  const float span = grid.high > grid.low ? grid.high - grid.low : 1;
  double y = top;
  for (const auto& row : grid.rows) {
    canvas.set_color({0, 0, 0});
    canvas.text(border, y + high / 2 - 6, row.name, 9.5, false, Align::left, name_width - 6);
    double x = border + name_width;
    for (const auto& image : row.images) {
      for (Index at = 0; at < grid.width * grid.height && at < static_cast<Index>(image.size()); ++at) {
        canvas.set_color(gray((image[at] - grid.low) / span));
        cairo_rectangle(context, x + pixel * static_cast<double>(at % grid.width),
                        y + pixel * static_cast<double>(at / grid.width), pixel, pixel);
        cairo_fill(context);
      }
      x += wide + image_gap;
    }
    y += high + row_gap;
  }
  canvas.save();
}

}  // namespace replearn::report
