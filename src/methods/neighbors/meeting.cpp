#include "methods/neighbors/meeting.hpp"

#include <algorithm>

namespace replearn::neighbors {

Meeting::Meeting(Metric metric, const SearchFrame& frame, Index columns)
    : metric_(metric),
      frame_(frame),
      columns_(columns),
      // 16 columns bytes a pair of rows: two tiles, each as rows and framed. 512 KB of them.
      panels_(std::clamp<Index>((1 << 19) / (16 * std::max<Index>(columns, 1) * FramedRows::panel), 1, 16)),
      pairs_(static_cast<std::size_t>(panels_ * FramedRows::panel * FramedRows::panel)) {}

void Meeting::meet(SearchRows& a, Index a_tile, SearchRows& b, Index b_tile) {
  const bool with_itself = &a == &b && a_tile == b_tile;
  const Index a_begin = a_tile * panels_, a_end = std::min(a_begin + panels_, a.framed.panels());
  const Index b_begin = b_tile * panels_, b_end = std::min(b_begin + panels_, b.framed.panels());
  const auto offer = [this](SearchRows& to, Index i, Key key) {
    if (!to.lists.offer(i, key)) return;
    to.framed.set_floor(i, frame_.floor_of(squared_distance_within(metric_, to.lists.limit(i))));
  };
  for (Index panel = b_begin; panel < b_end; ++panel) {
    const Index found = near_pairs(a.framed, a_begin, with_itself ? panel + 1 : a_end, b.framed, panel, pairs_.data());
    for (Index f = 0; f < found; ++f) {
      const Index i = pairs_[static_cast<std::size_t>(f)].a, j = pairs_[static_cast<std::size_t>(f)].b;
      if (with_itself && i >= j) continue;
      const float distance = prepared_distance(metric_, a.row(i), b.row(j), columns_);
      offer(a, i, key_of(distance, b.ids[static_cast<std::size_t>(j)]));
      offer(b, j, key_of(distance, a.ids[static_cast<std::size_t>(i)]));
      ++measured_;
    }
  }
}

void Meeting::look_as_far_as_lists(SearchRows& rows) const {
  for (Index i = 0; i < rows.count(); ++i) {
    rows.framed.set_floor(i, frame_.floor_of(squared_distance_within(metric_, rows.lists.limit(i))));
  }
}

}  // namespace replearn::neighbors
