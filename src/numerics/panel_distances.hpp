#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

/// Distances of all pairs of some rows with some others, for any metric, straight from the rows' differences: many
/// pairs side by side in the lanes of vectors, each summed column after column. Where a matrix product would cancel
/// (near rows far from the origin) these do not, and metrics that have no product have these alone.
///
/// Terms are summed in float32 over 32 columns at a time, and those sums in float32 again: an error of at most
/// (34 + d / 32) 2^-24 of the distance. Each pair's sum is made of the same operations wherever in a panel it stands,
/// so the same two rows give the same bits in any company; and of |x - y|, so in either order.
/// minkowski: differences are divided by the largest of the pair before they are raised to p, so that nothing
/// overflows; p = 0.5, 1, 1.5 ... 32 by multiplications and a root, others by exponential and logarithm.
namespace replearn {

/// Rows laid out for measuring, and how far each of them looks. Local. Memory: 4 columns bytes a row and a little.
class PanelRows {
 public:
  /// Rows interleaved: element (row, column) is at (row / panel * columns + column) * panel + row % panel.
  static constexpr Index panel = 48;

  PanelRows() = default;
  /// rows: count x columns, row-major, prepared (blocked_distances.hpp). tile_panels: how many panels make a tile.
  PanelRows(const float* rows, Index count, Index columns, Index tile_panels = 1);

  Index count() const { return count_; }
  Index columns() const { return columns_; }
  Index panels() const { return ceil_div(count_, panel); }
  Index tiles() const { return ceil_div(panels(), tile_panels_); }
  Index tile_begin(Index tile) const { return tile * tile_panels_; }
  Index tile_end(Index tile) const { return std::min((tile + 1) * tile_panels_, panels()); }
  /// Rows of a panel that are not there to fill it up.
  Index rows_in(Index p) const { return std::min(panel, count_ - p * panel); }

  const float* values(Index p) const { return values_[static_cast<std::size_t>(p * panel * columns_ / 16)].data(); }
  const float* limits(Index p) const { return limits_[static_cast<std::size_t>(p * panel / 16)].data(); }
  /// The box that holds a panel's rows: the least and the greatest of each column.
  const float* least(Index p) const { return least_.data() + p * columns_; }
  const float* greatest(Index p) const { return greatest_.data() + p * columns_; }
  /// Row i looks no farther than this. At first: infinitely far.
  void set_limit(Index i, float distance) {
    limits_[static_cast<std::size_t>(i / 16)][static_cast<std::size_t>(i % 16)] = distance;
  }

 private:
  struct alignas(64) Line : std::array<float, 16> {};  // a cache line
  Index count_ = 0, columns_ = 0, tile_panels_ = 1;
  std::vector<Line> values_, limits_;
  std::vector<float> least_, greatest_;
};

/// The distances of each row of panel a_panel of `a` from each of panel b_panel of `b`: out[i * stride + j], i and j
/// within their panels. Local. Cost: 2 (Euclidean forms) to 6 (minkowski with small whole p) vector operations for each
/// 16 columns of a pair (AVX-512), some 40 for any p. Vectorized for the processor it runs on.
void panel_distances(Metric metric, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel, float* out,
                     Index stride);

struct MeasuredPair {
  std::uint32_t a, b;  ///< rows of the two PanelRows
  float distance;
};
/// The pairs of two panels that are no farther apart than the one of both looks that looks farther, with their
/// distances: those of panel_distances. Written to `pairs` (room for panel^2); returns how many.
/// Panels whose boxes are too far apart are passed over; a few rows at a time are given up as soon as the sums so far
/// are beyond all their limits. Local.
Index pairs_within(Metric metric, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel,
                   MeasuredPair* pairs);

}  // namespace replearn
