#pragma once
#include <algorithm>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/tsne/map_view.hpp"

namespace replearn::tsne {

/// Number of pairs summed in float32 before the sum moves to float64. Two columns of this many points fit in the L1
/// cache.
constexpr Index stretch = 512;

/// All points of a map, one array per dimension, so that a loop over points fills vector registers.
///
/// Each array is padded to a multiple of 64 with points so far away that 1 / (1 + d^2) is exactly 0, so that loops over
/// pairs have no remainder. The padding needs no bound on the map: the square of any float minus 1e30 is infinite.
class MapColumns {
 public:
  static constexpr float far = 1e30f;

  explicit MapColumns(const MapView& points)
      : padded_(ceil_div(points.rows(), 64) * 64), values_(static_cast<std::size_t>(padded_ * points.cols()), far) {
    for (Index k = 0; k < points.cols(); ++k) {
      float* to = column(k);
      for (Index i = 0; i < points.rows(); ++i) to[i] = points(i, k);
    }
  }

  /// Number of points including the padding.
  Index padded() const { return padded_; }
  float* column(Index k) { return values_.data() + k * padded_; }
  const float* column(Index k) const { return values_.data() + k * padded_; }

 private:
  Index padded_;
  std::vector<float> values_;
};

}  // namespace replearn::tsne
