#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"

/// Finds pairs of rows that may be near each other at the speed of a matrix product, before exact distances are
/// computed.
///
/// Rows are transformed to a common frame, x' = 2^e (x - c), where c is approximately their mean, to avoid cancellation
/// by a common offset, and e prevents overflow of squares. The score of each pair is
///
///     s_ij = x'_i . y'_j - h_i - h_j,      h = (1 - slack) |x'|^2 / 2,
///
/// which without slack would be -|x'_i - y'_j|^2 / 2. With it, -2 s_ij is a lower bound of the squared distance
/// computed by prepared_distance, for any order of summation (Higham 2002, "Accuracy and Stability of Numerical
/// Algorithms", section 3.1), and at most 2 slack (|x'_i|^2 + |y'_j|^2) below it. A pair whose s is below the floors of
/// both rows' search radii can be skipped, and a search that measures only the others gives the exact result.
namespace replearn::neighbors {

/// The frame described above. Bounds are valid for any center and exponent; those of search_frame make them tight.
struct SearchFrame {
  std::vector<double> center;  ///< one per column
  int exponent = 0;
  double slack = 0;

  /// The floor of s below which a pair's computed squared distance certainly exceeds `squared_distance` (of original
  /// rows, not in the frame). Infinity gives a floor that every pair passes.
  float floor_of(float squared_distance) const;
};
/// Frame with the mean of the rows as center and a scale that makes the largest entry about 1. Sums in rank order,
/// since results do not depend on the frame. All ranks. Cost: two passes over the local rows; two reductions of at most
/// 8 columns bytes.
SearchFrame search_frame(const mpi::Communicator& comm, const RowMatrix& my_rows);

/// A range of panels of a PackedRows and a ball around their rows.
struct PanelGroup {
  Index begin, end;     ///< panels
  const float* center;  ///< one per column
  float radius;
  float largest_norm;  ///< largest norm of the rows in the frame
};

/// Rows in a frame, laid out for near_pairs, with the search radius of each. Local. Memory: slightly more than 4
/// columns bytes per row.
class PackedRows {
 public:
  /// Rows interleaved: element (row, column) is at (row / panel * columns + column) * panel + row % panel.
  /// 48 rows are 3 vectors of AVX-512, 6 of AVX2, 12 of NEON.
  static constexpr Index panel = 48;

  PackedRows() = default;
  /// rows: count x columns, row-major. tile_panels: panels per tile, 1 or more.
  PackedRows(const SearchFrame& frame, const float* rows, Index count, Index columns, Index tile_panels);

  Index count() const { return count_; }
  Index columns() const { return columns_; }
  Index panels() const { return ceil_div(count_, panel); }
  Index tiles() const { return ceil_div(panels(), tile_panels_); }
  Index tile_begin(Index tile) const { return tile * tile_panels_; }
  Index tile_end(Index tile) const { return std::min((tile + 1) * tile_panels_, panels()); }

  const float* values(Index p) const { return at(values_, p * panel * columns_); }
  const float* half_norms(Index p) const { return at(half_norms_, p * panel); }
  const float* floors(Index p) const { return at(floors_, p * panel); }
  float slack() const { return slack_; }
  PanelGroup panel_group(Index p) const { return group(p, p + 1, panel_balls_[p]); }
  PanelGroup tile_group(Index t) const { return group(tile_begin(t), tile_end(t), tile_balls_[t]); }
  /// Sets the search radius of row i, given as SearchFrame::floor_of(squared radius). Initially infinite.
  void set_floor(Index i, float floor) { floors_[i / 16][i % 16] = floor; }

 private:
  struct alignas(64) Line : std::array<float, 16> {};  // a cache line
  struct Ball {
    std::vector<float> center;
    float radius = 0, largest_norm = 0;
  };
  static const float* at(const std::vector<Line>& lines, Index i) { return lines[i / 16].data(); }
  static PanelGroup group(Index begin, Index end, const Ball& ball) {
    return {begin, end, ball.center.data(), ball.radius, ball.largest_norm};
  }
  Ball ball_around(Index begin, Index end) const;

  Index count_ = 0, columns_ = 0, tile_panels_ = 1;
  float slack_ = 0;
  std::vector<Line> values_, half_norms_, floors_;
  std::vector<Ball> panel_balls_, tile_balls_;
};

struct RowPair {
  std::uint32_t a, b;  ///< rows of the two PackedRows
};
/// Finds the pairs of a row in panels [a_begin, a_end) of `a` and one in panel `b_panel` of `b` within either search
/// radius: s >= min(floor_a, floor_b). Writes them to `pairs` (capacity (a_end - a_begin) panel^2) and returns their
/// number. Pairs of panels that are far apart are skipped, like tiles by tiles_apart. Local. Cost: 2 columns flops per
/// pair, entirely in registers (only the found pairs are written), plus three operations per pair for the test.
/// Vectorized for the current processor (AVX-512, AVX2, SSE4 or NEON).
Index near_pairs(const PackedRows& a, Index a_begin, Index a_end, const PackedRows& b, Index b_panel, RowPair* pairs);

/// Whether all pairs of rows of two tiles are certainly beyond both search radii, by the balls around them or by slabs
/// perpendicular to the line between the ball centers. True for most tiles if rows are spatially ordered and clustered.
/// Local. Cost: 2 columns flops per row for the slabs.
bool tiles_apart(const PackedRows& a, Index a_tile, const PackedRows& b, Index b_tile);

}  // namespace replearn::neighbors
