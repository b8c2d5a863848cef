#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/index.hpp"

/// Approximate distances of many pairs by a matrix product, and the number of rows nearer than given distances, with a
/// rigorous bound of the error that tells which pairs have to be measured again in float64.
///
/// Rows are transformed to a frame, x' = 2^e (x - c), where c is their mean and e prevents overflow. The score of a pair,
///
///     s_ij = x'_i . y'_j - (|x'_i|^2 + |y'_j|^2) / 2 = -|x'_i - y'_j|^2 / 2,
///
/// has an error of at most error_share(d) (|x'_i|^2 + |y'_j|^2) for any order of summation (Higham 2002, "Accuracy and
/// Stability of Numerical Algorithms", section 3.1).
namespace replearn::map_quality {

struct Frame {
  std::vector<double> center;  ///< one per column
  int exponent = 0;
};

/// The factor above; infinite for more than a million columns.
float error_share(Index columns);

/// Rows in a frame, interleaved for the kernels. Local. Memory: 4 columns bytes per row.
class Panels {
 public:
  /// Element (row, column) is at (row / panel * columns + column) * panel + row % panel.
  static constexpr Index panel = 48;

  Panels() = default;
  /// rows: count x columns, row-major.
  Panels(const Frame& frame, const float* rows, Index count, Index columns);

  Index count() const { return count_; }
  Index columns() const { return columns_; }
  Index panels() const { return ceil_div(count_, panel); }
  /// Number of rows of a panel without padding.
  Index rows_in(Index p) const { return std::min(panel, count_ - p * panel); }

  const float* values(Index p) const { return at(values_, p * panel * columns_); }
  /// |x'|^2 / 2; infinite for padding, so that its scores are -infinity.
  const float* half_norms(Index p) const { return at(half_norms_, p * panel); }
  /// Largest of these in a panel, without padding.
  float max_half_norm(Index p) const { return max_half_norms_[p]; }

 private:
  struct alignas(64) Line : std::array<float, 16> {};  // a cache line
  static const float* at(const std::vector<Line>& lines, Index i) { return lines[i / 16].data(); }

  Index count_ = 0, columns_ = 0;
  std::vector<Line> values_, half_norms_;
  std::vector<float> max_half_norms_;
};

/// Scores of all pairs of two panels.
struct alignas(64) ScoreTile : std::array<float, Panels::panel * Panels::panel> {};

/// Scores of the rows of panel a_panel of `a` with those of panel b_panel of `b`: scores[i * panel + j]. Local.
/// Cost: 2 columns flops per pair. Vectorized for the current processor.
void pair_scores(const Panels& a, Index a_panel, const Panels& b, Index b_panel, ScoreTile& scores);

/// Levels of the rows of a panel and how many rows have been found above each. Row i has levels[offsets[i]] to
/// levels[offsets[i + 1] - 1], in descending order: the nearest first.
struct LevelCounts {
  const Index* offsets;     ///< panel + 1
  const float* levels;      ///< scores
  std::uint32_t* above;     ///< certainly above each level, added to
  std::uint32_t* above_on;  ///< the same for this level and all later ones of the row: added up at the end
};
/// A pair whose score is too close to a level to tell.
struct CloseCall {
  std::uint32_t row, column;  ///< in the two panels
  Index level;
};
/// Counts the scores of a tile above the levels of its rows. half_norms: of the rows; max_half_norm: of the columns;
/// share: error_share. Close calls are appended, not counted. Local. Cost: one comparison per pair if no score of a row
/// reaches its last level; else two per level within the range of the tile's scores.
void count_above(const ScoreTile& scores, const float* half_norms, float max_half_norm, float share,
                 const LevelCounts& counts, std::vector<CloseCall>& close);

}  // namespace replearn::map_quality
