#include "methods/tsne/fourier.hpp"

#include <algorithm>

#include "numerics/aligned_array.hpp"

namespace replearn::tsne::fourier {
namespace {

/// Transforms lines of functions with one symmetry, given and returned on [0, half].
class HalfLines {
 public:
  HalfLines(Index half, Parity parity)
      : half_(half), parity_(parity), period_(make_real_lines(2 * half)), values_(2 * half * lanes) {}

  /// `lines` lines, `distance` apart, each of half + 1 numbers with the given stride, in place.
  void transform(float* values, Index stride, Index lines, Index distance) {
    for (Index first = 0; first < lines; first += fourier::lanes) {
      const Index count = std::min(fourier::lanes, lines - first);
      float* start = values + first * distance;
      extend(start, stride, count, distance);
      period_->forward(values_.data());
      take(start, stride, count, distance);
    }
  }

 private:
  /// Writes the whole period.
  void extend(const float* from, Index stride, Index count, Index distance) {
    const float sign = parity_ == Parity::odd ? -1.0f : 1.0f;
    values_.clear();
    for (Index j = parity_ == Parity::odd; j <= half_ - (parity_ == Parity::odd); ++j) {
      float* to = values_.data() + j * lanes;
      for (Index l = 0; l < count; ++l) to[l] = from[j * stride + l * distance];
      if (j == 0 || j == half_) continue;
      float* mirrored = values_.data() + (2 * half_ - j) * lanes;
      for (Index l = 0; l < lanes; ++l) mirrored[l] = sign * to[l];
    }
  }

  /// Reads the real parts of an even function's transform, or i times that of an odd function.
  void take(float* to, Index stride, Index count, Index distance) const {
    const bool odd = parity_ == Parity::odd;
    for (Index k = 0; k <= half_; ++k) {
      const bool end = k == 0 || k == half_;
      const float* part = values_.data() + (k == 0 ? 0 : 2 * k - 1 + odd) * lanes;
      for (Index l = 0; l < count; ++l) to[k * stride + l * distance] = !odd ? part[l] : end ? 0.0f : -part[l];
    }
  }

  Index half_;
  Parity parity_;
  std::unique_ptr<LinesTransform> period_;
  AlignedArray<float> values_;
};

}  // namespace

Index fast_length(Index at_least) {
  constexpr Index unit = 16;
  for (Index units = std::max<Index>(1, ceil_div(at_least, unit));; ++units) {
    Index rest = units;
    for (const Index factor : {2, 3, 5}) {
      while (rest % factor == 0) rest /= factor;
    }
    if (rest == 1) return units * unit;
  }
}

void transform_quarter(float* values, Index half, Parity first, Parity second) {
  const Index line = half + 1;
  HalfLines(half, second).transform(values, 1, line, line);
  HalfLines(half, first).transform(values, line, line, 1);
}

void transform_half(float* values, Index half, Parity parity) {
  HalfLines(half, parity).transform(values, 1, 1, half + 1);
}

}  // namespace replearn::tsne::fourier
