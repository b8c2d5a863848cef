#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"

/// Which pairs of rows may be near each other, told at the speed of the matrix product: a screen before measuring.
///
/// Rows are brought into one frame, x' = 2^e (x - c): c is about their mean, so that an offset common to all rows does
/// not cancel the digits away, and e such that no square overflows. In it each pair gets
///
///     s_ij = x'_i . y'_j - h_i - h_j,      h = (1 - slack) |x'|^2 / 2,
///
/// which without slack would be -|x'_i - y'_j|^2 / 2. With it, -2 s_ij is a lower bound of the squared distance that
/// prepared_distance sums, whatever the order of additions (Higham 2002, "Accuracy and Stability of Numerical
/// Algorithms", section 3.1), and at most 2 slack (|x'_i|^2 + |y'_j|^2) below it. So a pair whose s is below the floor
/// of either row's limit needs no measuring, and a search that measures the others gives the answer of measuring all.
namespace replearn {

/// See above. Any center and exponent are sound; those of search_frame make the bounds tight.
struct SearchFrame {
  std::vector<double> center;  ///< one a column
  int exponent = 0;
  double slack = 0;

  /// The s below which a pair's measured squared distance is surely above `squared_distance` (rows as they are, not in
  /// the frame). Infinity gives a floor that every pair passes.
  float floor_of(float squared_distance) const;
};
/// The mean of the rows and the scale that makes 1 about their largest entry. Sums in rank order: answers do not depend
/// on the frame. All ranks. Cost: two passes over my rows; two reductions of at most 8 columns bytes.
SearchFrame search_frame(const mpi::Communicator& comm, const RowMatrix& my_rows);

/// Some panels of a FramedRows and a ball round their rows.
struct PanelGroup {
  Index begin, end;     ///< panels
  const float* center;  ///< one a column
  float radius;
  float largest_norm;  ///< of the rows in the frame
};

/// Rows in a frame, laid out for near_pairs, and how far each of them looks. Local.
/// Memory: 4 columns bytes a row and a little.
class FramedRows {
 public:
  /// Rows interleaved: element (row, column) is at (row / panel * columns + column) * panel + row % panel.
  /// 48 rows are 3 vectors of AVX-512, 6 of AVX2, 12 of NEON.
  static constexpr Index panel = 48;

  FramedRows() = default;
  /// rows: count x columns, row-major. tile_panels: how many panels make a tile, 1 or more.
  FramedRows(const SearchFrame& frame, const float* rows, Index count, Index columns, Index tile_panels);

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
  PanelGroup panel_group(Index p) const { return group(p, p + 1, panel_balls_[static_cast<std::size_t>(p)]); }
  PanelGroup tile_group(Index t) const {
    return group(tile_begin(t), tile_end(t), tile_balls_[static_cast<std::size_t>(t)]);
  }
  /// Row i looks as far as the frame's floor_of(its limit). At first: without limit.
  void set_floor(Index i, float floor) {
    floors_[static_cast<std::size_t>(i / 16)][static_cast<std::size_t>(i % 16)] = floor;
  }

 private:
  struct alignas(64) Line : std::array<float, 16> {};  // a cache line
  struct Ball {
    std::vector<float> center;
    float radius = 0, largest_norm = 0;
  };
  static const float* at(const std::vector<Line>& lines, Index i) {
    return lines[static_cast<std::size_t>(i / 16)].data();
  }
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
  std::uint32_t a, b;  ///< rows of the two FramedRows
};
/// The pairs of a row in panels [a_begin, a_end) of `a` and one in panel `b_panel` of `b` that are not beyond what both
/// look at: s >= min(floor_a, floor_b). Written to `pairs` (room for all (a_end - a_begin) panel^2); returns how many.
/// Two panels are passed over whole if they are apart, as tiles_apart says of tiles.
/// Local. Cost: 2 columns flops a pair, in registers throughout: nothing is written but the pairs told. Three
/// operations more a pair for the test. Vectorized for the processor it runs on (AVX-512, AVX2, SSE4 or NEON).
Index near_pairs(const FramedRows& a, Index a_begin, Index a_end, const FramedRows& b, Index b_panel, RowPair* pairs);

/// Whether all rows of one tile are surely farther from all rows of the other than both look: by the balls around them,
/// or by the slabs that hold them across the line between the balls' centers. Most are, if rows come ordered by place
/// and are in clusters at all. Local. Cost: 2 columns flops a row for the slabs.
bool tiles_apart(const FramedRows& a, Index a_tile, const FramedRows& b, Index b_tile);

}  // namespace replearn
