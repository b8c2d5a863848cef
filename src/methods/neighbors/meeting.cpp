#include "methods/neighbors/meeting.hpp"

#include <algorithm>

namespace replearn::neighbors {

Index tile_panels(Index columns) {
  // 16 columns bytes a pair of rows: two tiles, each as rows and framed. 512 KB of them.
  return std::clamp<Index>((1 << 19) / (16 * std::max<Index>(columns, 1) * FramedRows::panel), 1, 16);
}

Meeting::Meeting(Metric metric, const SearchFrame& frame, Index columns)
    : metric_(metric),
      frame_(frame),
      columns_(columns),
      pairs_(static_cast<std::size_t>(tile_panels(columns) * FramedRows::panel * FramedRows::panel)) {}

void Meeting::meet(SearchRows& a, Index a_tile, SearchRows& b, Index b_tile) {
  if (tiles_apart(a.framed, a_tile, b.framed, b_tile)) return;
  const Index a_begin = a.framed.tile_begin(a_tile), a_end = a.framed.tile_end(a_tile);
  const Index b_begin = b.framed.tile_begin(b_tile), b_end = b.framed.tile_end(b_tile);
  if (&a != &b || a_tile != b_tile) {
    for (Index panel = b_begin; panel < b_end; ++panel) meet_panels(a, a_begin, a_end, b, panel);
    return;
  }
  // Rows come here without limits, and until they have some each pair is measured: the nearest panels first.
  for (Index apart = 0; apart < a_end - a_begin; ++apart) {
    for (Index panel = a_begin; panel + apart < a_end; ++panel) meet_panels(a, panel, panel + 1, a, panel + apart);
  }
}

void Meeting::meet_panels(SearchRows& a, Index a_begin, Index a_end, SearchRows& b, Index b_panel) {
  const auto offer = [this](SearchRows& to, Index i, Key key) {
    if (!to.lists.offer(i, key)) return;
    to.framed.set_floor(i, frame_.floor_of(squared_distance_within(metric_, to.lists.limit(i))));
  };
  const bool with_itself = &a == &b && a_begin == b_panel;
  const Index found = near_pairs(a.framed, a_begin, a_end, b.framed, b_panel, pairs_.data());
  for (Index f = 0; f < found; ++f) {
    const Index i = pairs_[static_cast<std::size_t>(f)].a, j = pairs_[static_cast<std::size_t>(f)].b;
    if (with_itself && i >= j) continue;
    const float distance = prepared_distance(metric_, a.row(i), b.row(j), columns_);
    offer(a, i, key_of(distance, b.ids[static_cast<std::size_t>(j)]));
    offer(b, j, key_of(distance, a.ids[static_cast<std::size_t>(i)]));
    ++measured_;
  }
}

void Meeting::look_as_far_as_lists(SearchRows& rows) const {
  for (Index i = 0; i < rows.count(); ++i) {
    rows.framed.set_floor(i, frame_.floor_of(squared_distance_within(metric_, rows.lists.limit(i))));
  }
}

}  // namespace replearn::neighbors
