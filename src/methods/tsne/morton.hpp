#pragma once
#include <cstdint>
#include <vector>

#include "methods/tsne/grid.hpp"
#include "methods/tsne/map_view.hpp"

namespace replearn::tsne {

/// The Morton curve over a map: cell coordinates on a square (cube) of 2^bits cells per side, binary digits
/// interleaved. Points close on the curve are close in the map. q = 1, 2 or 3. Local.
class MortonCurve {
 public:
  /// 31 bits per side for q = 1 and 2, 21 for q = 3: the most that fits in 64 bits.
  MortonCurve(const Extent& extent, Index q);
  std::uint64_t code(const float* point) const;
  /// Bits per side.
  int bits() const { return bits_; }

 private:
  std::vector<float> low_;
  double cells_per_unit_;
  int bits_;
};

/// Points in the order of the curve, ties within a cell by index.
struct MortonOrder {
  std::vector<std::int32_t> points;  ///< the point at each position
  std::vector<std::uint64_t> codes;  ///< ascending
};
/// Uses all q <= 3 coordinates, or the first three if there are more. Local. Cost: six passes over n codes.
MortonOrder morton_order(const MortonCurve& curve, const MapView& points);

}  // namespace replearn::tsne
