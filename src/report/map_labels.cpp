#include "report/map_labels.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace replearn::report {
namespace {

constexpr double label_gap = 1.5;              ///< between two labels
constexpr double min_moved_for_line = 4;       ///< distance in points from a label to its median

bool intersect(const Rectangle& a, const Rectangle& b) {
  return a.x < b.x + b.width + label_gap && b.x < a.x + a.width + label_gap && a.y < b.y + b.height + label_gap &&
         b.y < a.y + a.height + label_gap;
}

Rectangle centered(const PlacedLabel& label, double dx, double dy, const Rectangle& plot) {
  const auto& size = label.place;
  const auto clamped = [](double at, double low, double high) { return std::max(low, std::min(at, high)); };
  return {clamped(label.x + dx - size.width / 2, plot.x, plot.x + plot.width - size.width),
          clamped(label.y + dy - size.height / 2, plot.y, plot.y + plot.height - size.height), size.width, size.height};
}

/// The nearest free place along rings around the median.
Rectangle nearest_free_place(const PlacedLabel& label, const std::vector<const PlacedLabel*>& others,
                             const Rectangle& plot) {
  constexpr int directions = 24;
  const double farthest = std::hypot(plot.width, plot.height);
  for (double radius = 0; radius < farthest; radius += 2) {
    for (int k = 0; k < (radius > 0 ? directions : 1); ++k) {
      const double turn = 2 * std::numbers::pi * k / directions;
      // Labels are wider than high: up and down come first, and rings are ellipses.
      const auto place = centered(label, 1.5 * radius * std::sin(turn), radius * std::cos(turn), plot);
      if (std::ranges::none_of(others, [&](const auto* other) { return intersect(place, other->place); })) return place;
    }
  }
  return centered(label, 0, 0, plot);
}

double median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
}

}  // namespace

std::vector<PlacedLabel> place_map_labels(const Scatter& scatter, const ScatterLayout& layout) {
  const auto& codes = scatter.categories.codes;
  std::vector<std::vector<float>> xs(scatter.categories.categories.size()), ys(xs.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] < 0 || !std::isfinite(scatter.x[i]) || !std::isfinite(scatter.y[i])) continue;
    xs[codes[i]].push_back(scatter.x[i]);
    ys[codes[i]].push_back(scatter.y[i]);
  }
  std::vector<PlacedLabel> labels;
  for (std::size_t c = 0; c < xs.size(); ++c) {
    if (xs[c].empty()) continue;
    PlacedLabel label{c, layout.x_offset + layout.scale * median(xs[c]), layout.y_offset - layout.scale * median(ys[c]),
                      layout.map_labels[c], {}};
    for (const auto& line : label.lines) {
      const TextSize size = Canvas::text_size(line, map_name_size, true);
      label.place.width = std::max(label.place.width, size.width);
      label.place.height += size.height;
    }
    labels.push_back(std::move(label));
  }
  std::vector<PlacedLabel*> order;
  for (auto& label : labels) order.push_back(&label);
  std::ranges::stable_sort(order, [&](const auto* a, const auto* b) { return xs[a->category].size() > xs[b->category].size(); });
  std::vector<const PlacedLabel*> placed;
  for (auto* label : order) {
    label->place = nearest_free_place(*label, placed, layout.plot);
    placed.push_back(label);
  }
  return labels;
}

void draw_map_labels(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout) {
  cairo_t* context = canvas.context();
  const auto labels = place_map_labels(scatter, layout);
  for (const auto& [category, x, y, lines, place] : labels) {
    const double near_x = std::clamp(x, place.x, place.x + place.width),
                 near_y = std::clamp(y, place.y, place.y + place.height);
    if (std::hypot(near_x - x, near_y - y) < min_moved_for_line) continue;
    for (const auto& [color, width] : {std::pair{Color{255, 255, 255}, 2.2}, std::pair{ink, 0.7}}) {
      canvas.set_color(color);
      cairo_set_line_width(context, width);
      cairo_move_to(context, x, y);
      cairo_line_to(context, near_x, near_y);
      cairo_stroke(context);
    }
    cairo_arc(context, x, y, 1.2, 0, 2 * std::numbers::pi);
    cairo_fill(context);
  }
  for (const auto& [category, x, y, lines, place] : labels) {
    const double line_height = place.height / static_cast<double>(lines.size());
    for (std::size_t k = 0; k < lines.size(); ++k) {
      const double middle = place.x + place.width / 2, top = place.y + line_height * static_cast<double>(k);
      canvas.outlined_text(middle, top, lines[k], map_name_size, true, Align::center);
    }
  }
}

}  // namespace replearn::report
