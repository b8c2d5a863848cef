#include "methods/neighbors/tile_pair_search.hpp"

#include <algorithm>

namespace replearn::neighbors {

Index tile_panels(Index columns) {
  // 16 columns bytes per pair of rows: two tiles, each as rows and packed. 512 KB in total.
  return std::clamp<Index>((1 << 19) / (16 * std::max<Index>(columns, 1) * PackedRows::panel), 1, 16);
}

void build_panels(SearchRows& rows, Metric metric, const SearchFrame& frame, Index columns) {
  if (metric.has_product())
    rows.packed = PackedRows(frame, rows.rows, rows.count(), columns, tile_panels(columns));
  else
    rows.panels = PanelRows(rows.rows, rows.count(), columns, tile_panels(columns));
}

TilePairSearch::TilePairSearch(Metric metric, const SearchFrame& frame, Index columns)
    : metric_(metric), frame_(frame), columns_(columns) {
  constexpr Index pairs_of_panels = PackedRows::panel * PackedRows::panel;
  if (metric.has_product())
    pairs_.resize(tile_panels(columns) * pairs_of_panels);
  else
    measured_pairs_.resize(pairs_of_panels);
}

void TilePairSearch::search_pairs(SearchRows& a, Index a_tile, SearchRows& b, Index b_tile) {
  const bool product = metric_.has_product();
  if (product && tiles_apart(a.packed, a_tile, b.packed, b_tile)) return;
  const auto begin = [&](const SearchRows& rows, Index tile) {
    return product ? rows.packed.tile_begin(tile) : rows.panels.tile_begin(tile);
  };
  const auto end = [&](const SearchRows& rows, Index tile) {
    return product ? rows.packed.tile_end(tile) : rows.panels.tile_end(tile);
  };
  const auto search_range = [&](Index a_from, Index a_to, Index b_panel) {
    if (product)
      search_panels(a, a_from, a_to, b, b_panel);
    else
      measure_panels(a, a_from, a_to, b, b_panel);
  };
  const Index a_begin = begin(a, a_tile), a_end = end(a, a_tile);
  const Index b_begin = begin(b, b_tile), b_end = end(b, b_tile);
  if (&a != &b || a_tile != b_tile) {
    for (Index panel = b_begin; panel < b_end; ++panel) search_range(a_begin, a_end, panel);
    return;
  }
  // Rows initially have no search radius, and every pair is measured until they do: nearest panels first.
  for (Index apart = 0; apart < a_end - a_begin; ++apart) {
    for (Index panel = a_begin; panel + apart < a_end; ++panel) search_range(panel, panel + 1, panel + apart);
  }
}

void TilePairSearch::search_panels(SearchRows& a, Index a_begin, Index a_end, SearchRows& b, Index b_panel) {
  const bool with_itself = &a == &b && a_begin == b_panel;
  const Index found = near_pairs(a.packed, a_begin, a_end, b.packed, b_panel, pairs_.data());
  for (Index f = 0; f < found; ++f) {
    const Index i = pairs_[f].a, j = pairs_[f].b;
    if (with_itself && i >= j) continue;
    const float distance = prepared_distance(metric_, a.row(i), b.row(j), columns_);
    offer(a, i, key_of(distance, b.ids[j]));
    offer(b, j, key_of(distance, a.ids[i]));
    ++distances_computed_;
  }
}

void TilePairSearch::measure_panels(SearchRows& a, Index a_begin, Index a_end, SearchRows& b, Index b_panel) {
  for (Index a_panel = a_begin; a_panel < a_end; ++a_panel) {
    const bool with_itself = &a == &b && a_panel == b_panel;
    const Index found = pairs_within(metric_, a.panels, a_panel, b.panels, b_panel, measured_pairs_.data());
    for (Index f = 0; f < found; ++f) {
      const auto [i, j, distance] = measured_pairs_[f];
      if (with_itself && i >= j) continue;
      offer(a, i, key_of(distance, b.ids[j]));
      offer(b, j, key_of(distance, a.ids[i]));
      ++distances_computed_;
    }
  }
}

void TilePairSearch::offer(SearchRows& to, Index i, Key key) {
  if (to.lists.offer(i, key)) set_radius_from_list(to, i);
}

void TilePairSearch::set_radius_from_list(SearchRows& rows, Index i) const {
  if (metric_.has_product())
    rows.packed.set_floor(i, frame_.floor_of(squared_distance_within(metric_, rows.lists.radius(i))));
  else
    rows.panels.set_radius(i, rows.lists.radius(i));
}

void TilePairSearch::set_radii_from_lists(SearchRows& rows) const {
  for (Index i = 0; i < rows.count(); ++i) set_radius_from_list(rows, i);
}

}  // namespace replearn::neighbors
