#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

/// Distances between two sets of rows for any metric, computed directly from the differences: many pairs in parallel in
/// SIMD lanes, each summed column by column. Unlike a matrix product they do not suffer cancellation (near rows far
/// from the origin), and they support metrics without a product.
///
/// Terms are summed in float32 over 32 columns at a time, and these sums again in float32: the relative error is at
/// most (34 + d / 32) 2^-24. The operations of a pair do not depend on its position in a panel, so the result depends
/// only on the two rows; and they use |x - y|, so it is symmetric. minkowski: differences are divided by the largest
/// one of the pair before exponentiation, which prevents overflow; p = 0.5, 1, 1.5 ... 32 use multiplications and a
/// root, others exponential and logarithm.
namespace replearn {

/// Rows laid out for panel_distances, with the search radius of each. Local. Memory: slightly more than 4 columns bytes
/// per row.
class PanelRows {
 public:
  /// Rows interleaved: element (row, column) is at (row / panel * columns + column) * panel + row % panel.
  static constexpr Index panel = 48;

  PanelRows() = default;
  /// rows: count x columns, row-major, prepared (blocked_distances.hpp). tile_panels: panels per tile.
  PanelRows(const float* rows, Index count, Index columns, Index tile_panels = 1);

  Index count() const { return count_; }
  Index columns() const { return columns_; }
  Index panels() const { return ceil_div(count_, panel); }
  Index tiles() const { return ceil_div(panels(), tile_panels_); }
  Index tile_begin(Index tile) const { return tile * tile_panels_; }
  Index tile_end(Index tile) const { return std::min((tile + 1) * tile_panels_, panels()); }
  /// Number of rows of a panel without padding.
  Index rows_in(Index p) const { return std::min(panel, count_ - p * panel); }

  const float* values(Index p) const { return values_[p * panel * columns_ / 16].data(); }
  const float* radii(Index p) const { return radii_[p * panel / 16].data(); }
  /// Bounding box of a panel: minimum and maximum of each column.
  const float* least(Index p) const { return least_.data() + p * columns_; }
  const float* greatest(Index p) const { return greatest_.data() + p * columns_; }
  /// Sets the search radius of row i. Initially infinite.
  void set_radius(Index i, float distance) { radii_[i / 16][i % 16] = distance; }

 private:
  struct alignas(64) Line : std::array<float, 16> {};  // a cache line
  Index count_ = 0, columns_ = 0, tile_panels_ = 1;
  std::vector<Line> values_, radii_;
  std::vector<float> least_, greatest_;
};

/// Distances of the rows of panel a_panel of `a` from those of panel b_panel of `b`: out[i * stride + j], with i and j
/// relative to their panels. Local. Cost: 2 (Euclidean forms) to 6 (minkowski with small whole p) vector operations per
/// 16 columns of a pair (AVX-512), about 40 for any other p. Vectorized for the current processor.
void panel_distances(Metric metric, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel, float* out,
                     Index stride);

struct MeasuredPair {
  std::uint32_t a, b;  ///< rows of the two PanelRows
  float distance;
};
/// Finds the pairs of two panels whose distance is at most the larger of the two search radii, with the distances of
/// panel_distances. Writes them to `pairs` (capacity panel^2) and returns their number. Panels whose bounding boxes are
/// too far apart are skipped; groups of a few rows are abandoned as soon as their partial sums exceed all radii. Local.
Index pairs_within(Metric metric, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel,
                   MeasuredPair* pairs);

}  // namespace replearn
