#pragma once
#include <vector>

#include "methods/neighbors/near_pairs_kernel.hpp"
#include "methods/neighbors/nearest_lists.hpp"
#include "numerics/blocked_distances.hpp"
#include "numerics/panel_distances.hpp"

namespace replearn::neighbors {

/// Rows to be searched, and the neighbors found so far.
struct SearchRows {
  const float* rows = nullptr;  ///< prepared, count x columns
  std::vector<Index> ids;       ///< global row of each
  PackedRows packed;            ///< for metrics with a matrix product
  NearestLists lists;
  PanelRows panels{};  ///< for metrics without one

  Index count() const { return static_cast<Index>(ids.size()); }
  Index tiles() const { return std::max(packed.tiles(), panels.tiles()); }
  const float* row(Index i) const { return rows + i * packed.columns(); }
};

/// Builds the panels of rows whose `rows` and `ids` are set, in the form the metric requires.
void build_panels(SearchRows& rows, Metric metric, const SearchFrame& frame, Index columns);

/// Number of panels per tile for this number of columns, see TilePairSearch.
Index tile_panels(Index columns);

/// Searches pairs of tiles: every pair of rows is offered to the lists of both its rows, or excluded by a bound for
/// both. Local.
///
/// A tile consists of a few panels of PackedRows, so that two tiles, with the rows from which candidates are measured,
/// fit in the L2 cache. The screen of near_pairs uses the radius of each row; what passes it is measured at once from
/// the two rows. Therefore the lists, after all pairs have been searched, are those of prepared_distance over all
/// pairs, in any order, and nothing else is stored. Where the screen is ineffective (radii below the rounding error of
/// the product, for example two distant groups of nearly equal rows), all pairs are measured, 3 columns flops each: the
/// time grows, but not the memory. Metrics without a product are measured directly (pairs_within), with the radii of
/// the rows for early exit.
class TilePairSearch {
 public:
  TilePairSearch(Metric metric, const SearchFrame& frame, Index columns);

  /// Searches tile a_tile of `a` against tile b_tile of `b`. Within one SearchRows (a and b the same object): a_tile <=
  /// b_tile; a tile against itself pairs each two of its rows once.
  void search_pairs(SearchRows& a, Index a_tile, SearchRows& b, Index b_tile);
  /// Updates the search radii of the rows from their lists; needed after the lists were changed by anything but
  /// search_pairs().
  void set_radii_from_lists(SearchRows& rows) const;

  Index distances_computed() const { return distances_computed_; }

 private:
  void search_panels(SearchRows& a, Index a_begin, Index a_end, SearchRows& b, Index b_panel);
  void measure_panels(SearchRows& a, Index a_begin, Index a_end, SearchRows& b, Index b_panel);
  void offer(SearchRows& to, Index i, Key key);
  void set_radius_from_list(SearchRows& rows, Index i) const;

  Metric metric_;
  const SearchFrame& frame_;
  Index columns_;
  std::vector<RowPair> pairs_;                // metrics with a product
  std::vector<MeasuredPair> measured_pairs_;  // metrics without one
  Index distances_computed_ = 0;
};

}  // namespace replearn::neighbors
