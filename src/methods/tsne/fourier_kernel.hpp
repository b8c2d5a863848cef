#pragma once
#include <memory>

#include "base/index.hpp"

/// Fourier transforms of eight lines at a time by pocketfft, compiled once per instruction set. Number j of line l is at
/// [j * lanes + l]; each line is transformed by the same operations in the same order, whatever the other lines hold.
namespace replearn::tsne::fourier {

/// Lines that are transformed together.
constexpr Index lanes = 8;

/// In-place transforms of lines of one length, unnormalized. Arrays must be aligned to 32 bytes. Local.
class LinesTransform {
 public:
  virtual ~LinesTransform() = default;
  virtual void forward(float* values) const = 0;
  virtual void backward(float* values) const = 0;
};

/// Real lines; transformed they are r_0, r_1, i_1, r_2, i_2, ... and, if the length is even, r_{length / 2}.
std::unique_ptr<LinesTransform> make_real_lines(Index length);
/// Complex lines: number j has its real parts at [2 j * lanes + l], its imaginary parts at [(2 j + 1) * lanes + l].
std::unique_ptr<LinesTransform> make_complex_lines(Index length);

}  // namespace replearn::tsne::fourier
