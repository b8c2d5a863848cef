#pragma once
#include <cstdint>
#include <vector>

#include "methods/tsne/grid.hpp"
#include "methods/tsne/map_view.hpp"

namespace replearn::tsne {

/// Points along the Morton curve: places in 2^bits cells a side of the square (cube) over the map, their binary digits
/// interleaved. What is near on the curve is near in the map. q = 1, 2 or 3. Local.
class MortonCurve {
 public:
  /// 31 bits a side for q 1 and 2, 21 for 3: all that 64 bits hold.
  MortonCurve(const Extent& extent, Index q);
  std::uint64_t code(const float* point) const;
  /// Binary digits a side.
  int bits() const { return bits_; }

 private:
  std::vector<float> low_;
  double cells_per_unit_;
  int bits_;
};

/// Points in the order of the curve, those of one cell by index.
struct MortonOrder {
  std::vector<std::int32_t> points;  ///< which is at each place
  std::vector<std::uint64_t> codes;  ///< ascending
};
/// Of q <= 3 coordinates; of more the first three count. Local. Cost: six passes over n codes.
MortonOrder morton_order(const MortonCurve& curve, const MapView& points);

}  // namespace replearn::tsne
