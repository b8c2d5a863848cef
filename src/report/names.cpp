#include "report/names.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace replearn::report {
namespace {

constexpr double name_size = 8.5;
constexpr double min_leader_distance = 7;  ///< distance in points from which a leader line is drawn

struct Spot {
  double x, y;
};

Spot on_page(const Scatter& scatter, const ScatterLayout& layout, std::size_t i) {
  return {layout.x_offset + layout.scale * static_cast<double>(scatter.x[i]),
          layout.y_offset - layout.scale * static_cast<double>(scatter.y[i])};
}

bool is_there(const Scatter& scatter, std::size_t i) {
  return std::isfinite(scatter.x[i]) && std::isfinite(scatter.y[i]);
}

double common_area(const Rectangle& a, const Rectangle& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/// Length of a line segment inside a rectangle (Liang and Barsky 1984).
double length_within(const Spot& from, const Spot& to, const Rectangle& box) {
  const double dx = to.x - from.x, dy = to.y - from.y;
  double enters = 0, leaves = 1;
  const auto cut = [&](double slope, double room) {
    if (slope == 0) return room >= 0;
    const double at = room / slope;
    if (slope < 0) enters = std::max(enters, at);
    if (slope > 0) leaves = std::min(leaves, at);
    return true;
  };
  const bool intersects = cut(-dx, from.x - box.x) && cut(dx, box.x + box.width - from.x) && cut(-dy, from.y - box.y) &&
                          cut(dy, box.y + box.height - from.y);
  return intersects && leaves > enters ? (leaves - enters) * std::hypot(dx, dy) : 0;
}

/// Candidate positions of a label around a point, preferred ones first.
std::vector<Rectangle> places_around(const Spot& at, const TextSize& size, double radius) {
  std::vector<Rectangle> places;
  for (const double gap : {2.0, 7.0, 14.0, 24.0}) {
    const double away = radius + gap;
    constexpr int directions = 12;
    for (int k = 0; k < directions; ++k) {
      // Starts at the right and alternates up and down.
      const double turn = (k + 1) / 2 * (k % 2 == 0 ? 1 : -1) * 2 * std::numbers::pi / directions;
      const double c = std::cos(turn), s = std::sin(turn);
      places.push_back({at.x + away * c + (c - 1) * size.width / 2, at.y + away * s + (s - 1) * size.height / 2,
                        size.width, size.height});
    }
  }
  return places;
}

/// Drawn objects that labels should avoid.
struct Scene {
  Scene(const Scatter& scatter, const ScatterLayout& layout) : plot(layout.plot), radius(layout.point_size / 2) {
    for (std::size_t i = 0; i < scatter.x.size(); ++i) {
      if (is_there(scatter, i)) spots.push_back(on_page(scatter, layout, i));
    }
    for (const auto& [from, to] : scatter.pairs) {
      if (is_there(scatter, from) && is_there(scatter, to)) {
        arrows.emplace_back(on_page(scatter, layout, from), on_page(scatter, layout, to));
      }
    }
  }
  /// Cost of a position without other labels; the rank of the position adds a small cost.
  double cost(const Rectangle& place, std::size_t order) const {
    double sum = 0.25 * static_cast<double>(order);
    sum += 4 * (place.width * place.height - common_area(place, plot));
    for (const auto& spot : spots) {
      sum += 4 * common_area(place, {spot.x - radius, spot.y - radius, 2 * radius, 2 * radius});
    }
    for (const auto& [from, to] : arrows) sum += 0.8 * length_within(from, to, place);
    return sum;
  }

  Rectangle plot;
  double radius;
  std::vector<Spot> spots;
  std::vector<std::pair<Spot, Spot>> arrows;
};

}  // namespace

std::vector<PlacedName> place_names(const Scatter& scatter, const ScatterLayout& layout) {
  const Scene scene(scatter, layout);
  std::vector<PlacedName> names;
  std::vector<std::vector<std::pair<double, Rectangle>>> choices;
  for (std::size_t i = 0; i < scatter.names.size(); ++i) {
    if (scatter.names[i].empty() || !is_there(scatter, i)) continue;
    const auto places =
        places_around(on_page(scatter, layout, i), Canvas::text_size(scatter.names[i], name_size), scene.radius);
    choices.emplace_back();
    for (std::size_t k = 0; k < places.size(); ++k) choices.back().emplace_back(scene.cost(places[k], k), places[k]);
    names.push_back({i, places.front()});
  }
  constexpr int max_rounds = 50;
  bool moved = true;
  for (int round = 0; moved && round < max_rounds; ++round) {
    moved = false;
    for (std::size_t n = 0; n < names.size(); ++n) {
      const Rectangle* best = nullptr;
      double least = 0;
      for (const auto& [own_cost, place] : choices[n]) {
        double cost = own_cost;
        for (std::size_t other = 0; other < names.size(); ++other) {
          if (other != n) cost += 10 * common_area(place, names[other].place);
        }
        if (!best || cost < least) {
          best = &place;
          least = cost;
        }
      }
      moved = moved || best->x != names[n].place.x || best->y != names[n].place.y;
      names[n].place = *best;
    }
  }
  return names;
}

void draw_pairs(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout) {
  cairo_t* context = canvas.context();
  canvas.set_color({150, 150, 150});
  cairo_set_line_width(context, 0.9);
  for (const auto& [first, second] : scatter.pairs) {
    if (!is_there(scatter, first) || !is_there(scatter, second)) continue;
    const Spot from = on_page(scatter, layout, first), to = on_page(scatter, layout, second);
    const double length = std::hypot(to.x - from.x, to.y - from.y), gap = layout.point_size / 2 + 2, head = 4;
    if (length < 2 * gap + head) continue;  // the points overlap
    const double c = (to.x - from.x) / length, s = (to.y - from.y) / length;
    const Spot tip{to.x - gap * c, to.y - gap * s};
    cairo_move_to(context, from.x + gap * c, from.y + gap * s);
    cairo_line_to(context, tip.x, tip.y);
    cairo_move_to(context, tip.x - head * c + head / 2 * s, tip.y - head * s - head / 2 * c);
    cairo_line_to(context, tip.x, tip.y);
    cairo_line_to(context, tip.x - head * c - head / 2 * s, tip.y - head * s + head / 2 * c);
    cairo_stroke(context);
  }
}

void draw_names(Canvas& canvas, const Scatter& scatter, const ScatterLayout& layout, const std::vector<Color>& colors) {
  for (const auto& [point, place] : place_names(scatter, layout)) {
    const Spot at = on_page(scatter, layout, point);
    const Spot near{std::clamp(at.x, place.x, place.x + place.width),
                    std::clamp(at.y, place.y, place.y + place.height)};
    if (std::hypot(near.x - at.x, near.y - at.y) > layout.point_size / 2 + min_leader_distance) {
      canvas.set_color({170, 170, 170});
      cairo_set_line_width(canvas.context(), 0.5);
      cairo_move_to(canvas.context(), at.x, at.y);
      cairo_line_to(canvas.context(), near.x, near.y);
      cairo_stroke(canvas.context());
    }
    const auto darker = [](std::uint8_t c) { return static_cast<std::uint8_t>(c * 0.55); };
    const Color color = colors[point];
    canvas.set_color({darker(color.red), darker(color.green), darker(color.blue)});
    canvas.outlined_text(place.x, place.y, scatter.names[point], name_size);
  }
}

}  // namespace replearn::report
