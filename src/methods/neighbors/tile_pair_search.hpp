#pragma once
#include <vector>

#include "methods/neighbors/nearest_lists.hpp"
#include "numerics/blocked_distances.hpp"
#include "numerics/near_pairs.hpp"
#include "numerics/panel_distances.hpp"

namespace replearn::neighbors {

/// Rows that look for neighbors, and what they have found.
struct SearchRows {
  const float* rows = nullptr;  ///< prepared, count x columns
  std::vector<Index> ids;       ///< the global row of each
  FramedRows framed;            ///< if the metric has a product
  NearestLists lists;
  PanelRows panels{};  ///< if it has none

  Index count() const { return static_cast<Index>(ids.size()); }
  Index tiles() const { return std::max(framed.tiles(), panels.tiles()); }
  const float* row(Index i) const { return rows + i * framed.columns(); }
};

/// Lays out rows whose `rows` and `ids` are set, as the metric wants them.
void lay_out(SearchRows& rows, Metric metric, const SearchFrame& frame, Index columns);

/// Panels that make a tile, for so many columns: see TilePairSearch.
Index tile_panels(Index columns);

/// Lets tiles of rows meet: every pair of them is offered to the lists of both its rows, or bounded away from both.
/// Local.
///
/// A tile is a few panels of FramedRows, so that two of them, with the rows that candidates are measured from, stay in
/// the L2 cache. The screen of near_pairs knows each row's limit; what passes is measured at once, from the two rows.
/// So the lists after all pairs have met are those of prepared_distance over all pairs, in whatever order they came,
/// and nothing is kept but the lists: where the screen is blind (limits below the rounding of the product, say two
/// far-off heaps of rows that each are close within), all pairs are measured, 3 columns flops each, and time grows, not
/// memory.
/// A metric without a product is measured right away (pairs_within), the rows' limits at hand to give up early.
class TilePairSearch {
 public:
  TilePairSearch(Metric metric, const SearchFrame& frame, Index columns);

  /// Tile a_tile of `a` with tile b_tile of `b`. Within one SearchRows (a and b the same object): a_tile <= b_tile; a
  /// tile that meets itself pairs each two of its rows once.
  void search_pairs(SearchRows& a, Index a_tile, SearchRows& b, Index b_tile);
  /// Rows look no farther than their lists' limits: to be called when limits were set other than by meeting.
  void set_radii_from_lists(SearchRows& rows) const;

  Index measured() const { return measured_; }

 private:
  void meet_panels(SearchRows& a, Index a_begin, Index a_end, SearchRows& b, Index b_panel);
  void measure_panels(SearchRows& a, Index a_begin, Index a_end, SearchRows& b, Index b_panel);
  void offer(SearchRows& to, Index i, Key key);
  void set_radius_from_list(SearchRows& rows, Index i) const;

  Metric metric_;
  const SearchFrame& frame_;
  Index columns_;
  std::vector<RowPair> pairs_;                // with a product
  std::vector<MeasuredPair> measured_pairs_;  // without
  Index measured_ = 0;
};

}  // namespace replearn::neighbors
