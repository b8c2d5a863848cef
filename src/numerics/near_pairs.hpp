#pragma once
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

/// Rows in a frame, laid out for near_pairs, and how far each of them looks. Local.
class FramedRows {
 public:
  /// Rows interleaved: element (row, column) is at (row / panel * columns + column) * panel + row % panel.
  /// 48 rows are 3 vectors of AVX-512, 6 of AVX2, 12 of NEON.
  static constexpr Index panel = 48;

  FramedRows() = default;
  /// rows: count x columns, row-major.
  FramedRows(const SearchFrame& frame, const float* rows, Index count, Index columns);

  Index count() const { return count_; }
  Index columns() const { return columns_; }
  Index panels() const { return ceil_div(count_, panel); }
  const float* values(Index p) const { return at(values_, p * panel * columns_); }
  const float* half_norms(Index p) const { return at(half_norms_, p * panel); }
  const float* floors(Index p) const { return at(floors_, p * panel); }
  /// A ball round the rows of panel p, in the frame.
  const float* center(Index p) const { return &centers_[static_cast<std::size_t>(p * columns_)]; }
  float radius(Index p) const { return radii_[static_cast<std::size_t>(p)]; }
  float slack(Index p) const { return slacks_[static_cast<std::size_t>(p)]; }
  /// Row i looks as far as the frame's floor_of(its limit). At first: without limit.
  void set_floor(Index i, float floor) {
    floors_[static_cast<std::size_t>(i / 16)][static_cast<std::size_t>(i % 16)] = floor;
  }

 private:
  struct alignas(64) Line : std::array<float, 16> {};  // a cache line
  static const float* at(const std::vector<Line>& lines, Index i) {
    return lines[static_cast<std::size_t>(i / 16)].data();
  }
  Index count_ = 0, columns_ = 0;
  std::vector<Line> values_, half_norms_, floors_;
  std::vector<float> centers_, radii_;  // panels x columns, panels
  std::vector<float> slacks_;           // slack |x'|^2 / 2 of each panel's largest
};

struct RowPair {
  std::uint32_t a, b;  ///< rows of the two FramedRows
};
/// The pairs of a row in panels [a_begin, a_end) of `a` and one in panel `b_panel` of `b` that are not beyond what both
/// look at: s >= min(floor_a, floor_b). Written to `pairs` (room for all (a_end - a_begin) panel^2); returns how many.
/// Two panels whose balls lie too far apart for all their rows are passed over whole: rows that come ordered by place
/// (row_order) make that most of them, if they are in clusters at all.
/// Local. Cost: 2 columns flops a pair, in registers throughout: nothing is written but the pairs told. Three
/// operations more a pair for the test. Vectorised for the processor it runs on (AVX-512, AVX2, SSE4 or NEON).
Index near_pairs(const FramedRows& a, Index a_begin, Index a_end, const FramedRows& b, Index b_panel, RowPair* pairs);

}  // namespace replearn
