#pragma once
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/shares.hpp"
#include "methods/sammon/stress_kernel.hpp"

namespace replearn::sammon {

/// All unordered pairs of n points in square tiles whose position and shape follow from n alone: the tiles on and above
/// the diagonal, row by row, assigned to the ranks in contiguous runs of equal length. Each pair is processed once, by
/// one rank, and in the same tile on any number of ranks. 150 points, tiles of 48:
///
///     0 1 2 3      on 3 ranks: tiles 0 1 2 | 3 4 5 | 6 7 8 9
///       4 5 6
///         7 8
///           9
class PairTiles {
 public:
  PairTiles() = default;
  PairTiles(Index points, Shares shares) : points_(points), shares_(std::move(shares)) {
    side_ = points < 800 ? stress_tile_step : points < 8000 ? 2 * stress_tile_step : largest_stress_tile;
    group_count_ = ceil_div(points, side_);
  }

  Index points() const { return points_; }
  Index side() const { return side_; }
  /// Number of groups of `side` points, the last one padded.
  Index group_count() const { return group_count_; }
  Index padded() const { return group_count_ * side_; }
  Index group_begin(Index group) const { return group * side_; }
  Index group_size(Index group) const { return std::min(side_, points_ - group * side_); }

  Index tiles() const { return group_count_ * (group_count_ + 1) / 2; }
  Index first(int rank) const { return shares_.begin(tiles(), rank); }
  Index end(int rank) const { return shares_.begin(tiles(), rank + 1); }
  Index max_per_rank() const { return shares_.max_count(tiles()); }

  /// The two groups of a tile, row <= column.
  struct Groups {
    Index row, column;
  };
  Groups groups(Index tile) const {
    const auto before = [this](Index row) { return row * group_count_ - row * (row - 1) / 2; };
    const double m = static_cast<double>(group_count_) + 0.5;
    auto row = static_cast<Index>(m - std::sqrt(std::max(0.0, m * m - 2 * static_cast<double>(tile))));
    while (before(row) > tile) --row;
    while (before(row + 1) <= tile) ++row;
    return {row, row + tile - before(row)};
  }

 private:
  Index points_ = 0, side_ = stress_tile_step, group_count_ = 0;
  Shares shares_;
};

}  // namespace replearn::sammon
