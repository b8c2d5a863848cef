#include "report/points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>

#include "base/random.hpp"

namespace replearn::report {
namespace {

/// Above this number an image is smaller and faster than discs.
constexpr std::size_t max_discs = 20'000;

/// Points without height first, so that they hide no others; the highest last; equal ones shuffled.
std::vector<std::size_t> drawing_order(const std::vector<float>& height) {
  std::vector<std::tuple<float, std::uint32_t, std::size_t>> keys;
  keys.reserve(height.size());
  for (std::size_t i = 0; i < height.size(); ++i) {
    keys.emplace_back(std::isnan(height[i]) ? -std::numeric_limits<float>::infinity() : height[i],
                      RandomStream(0, Purpose::drawing_order, i).next_u32(), i);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::size_t> order;
  for (const auto& key : keys) order.push_back(std::get<2>(key));
  return order;
}

void draw_discs(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const std::vector<Color>& colors,
                const std::vector<std::size_t>& order) {
  for (const std::size_t i : order) {
    canvas.set_color(colors[i], layout.opacity);
    cairo_arc(canvas.context(), layout.x_offset + layout.scale * static_cast<double>(scatter.x[i]),
              layout.y_offset - layout.scale * static_cast<double>(scatter.y[i]), layout.point_size / 2, 0,
              2 * std::numbers::pi);
    cairo_fill(canvas.context());
  }
}

/// A raster image of the plot, painted disc by disc. Antialiasing: the coverage falls linearly from 1 to 0 over one
/// pixel at the edge of a disc.
class Raster {
 public:
  Raster(const Rectangle& place, double pixels_per_point)
      : place_(place),
        scale_(pixels_per_point),
        width_(static_cast<int>(std::ceil(place.width * pixels_per_point))),
        height_(static_cast<int>(std::ceil(place.height * pixels_per_point))),
        pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 3, 255.0f) {}

  void disc(double x, double y, double diameter, Color color, double opacity) {
    const double cx = (x - place_.x) * scale_, cy = (y - place_.y) * scale_, radius = diameter * scale_ / 2;
    // Discs smaller than a pixel are drawn one pixel wide with lower opacity.
    const double drawn = std::max(radius, 0.5), strength = opacity * std::min(1.0, radius * radius / (drawn * drawn));
    const int left = std::max(0, static_cast<int>(std::floor(cx - drawn - 0.5)));
    const int right = std::min(width_ - 1, static_cast<int>(std::ceil(cx + drawn + 0.5)));
    const int top = std::max(0, static_cast<int>(std::floor(cy - drawn - 0.5)));
    const int bottom = std::min(height_ - 1, static_cast<int>(std::ceil(cy + drawn + 0.5)));
    const float rgb[3] = {static_cast<float>(color.red), static_cast<float>(color.green),
                          static_cast<float>(color.blue)};
    for (int row = top; row <= bottom; ++row) {
      for (int column = left; column <= right; ++column) {
        const double distance = std::hypot(column + 0.5 - cx, row + 0.5 - cy);
        const double cover = std::clamp(drawn + 0.5 - distance, 0.0, 1.0) * strength;
        if (cover <= 0) continue;
        float* pixel = &pixels_[3 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) +
                                     static_cast<std::size_t>(column))];
        for (int k = 0; k < 3; ++k) pixel[k] += static_cast<float>(cover) * (rgb[k] - pixel[k]);
      }
    }
  }

  void put_on(cairo_t* context) const {
    cairo_surface_t* image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_, height_);
    unsigned char* data = cairo_image_surface_get_data(image);
    const int stride = cairo_image_surface_get_stride(image);
    for (int row = 0; row < height_; ++row) {
      auto* line = reinterpret_cast<std::uint32_t*>(data + row * stride);
      for (int column = 0; column < width_; ++column) {
        const float* pixel = &pixels_[3 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) +
                                           static_cast<std::size_t>(column))];
        const auto byte = [&](int k) { return static_cast<std::uint32_t>(std::lround(pixel[k])); };
        line[column] = byte(0) << 16 | byte(1) << 8 | byte(2);
      }
    }
    cairo_surface_mark_dirty(image);
    cairo_save(context);
    cairo_translate(context, place_.x, place_.y);
    cairo_scale(context, 1 / scale_, 1 / scale_);
    cairo_set_source_surface(context, image, 0, 0);
    cairo_paint(context);
    cairo_restore(context);
    cairo_surface_destroy(image);
  }

 private:
  Rectangle place_;
  double scale_;
  int width_, height_;
  std::vector<float> pixels_;
};

}  // namespace

void draw_points(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const std::vector<Color>& colors,
                 const std::vector<float>& height) {
  auto order = drawing_order(height);
  std::erase_if(order, [&](std::size_t i) { return !std::isfinite(scatter.x[i]) || !std::isfinite(scatter.y[i]); });
  if (order.size() <= max_discs) return draw_discs(canvas, scatter, layout, colors, order);
  Raster raster(layout.plot, canvas.pixels_per_point());
  for (const std::size_t i : order) {
    raster.disc(layout.x_offset + layout.scale * static_cast<double>(scatter.x[i]),
                layout.y_offset - layout.scale * static_cast<double>(scatter.y[i]), layout.point_size, colors[i],
                layout.opacity);
  }
  raster.put_on(canvas.context());
}

}  // namespace replearn::report
