#pragma once
#include <complex>
#include <memory>

#include "base/index.hpp"

/// Fourier transforms in float32 by FFTW's standard interface. Plans are estimated, never timed, so that each length
/// uses one algorithm and results are bitwise identical on every rank and in every run. Transforms are unnormalized: a
/// forward and a backward transform multiply by the length. Arrays must be aligned to cache lines (AlignedArray). All
/// local.
namespace replearn::tsne::fourier {

/// The smallest 2^a 3^b 5^c >= `at_least` that is a multiple of 16.
Index fast_length(Index at_least);

/// Transforms of lines of `length` real numbers.
class RealLine {
 public:
  explicit RealLine(Index length);
  ~RealLine();
  RealLine(RealLine&&) noexcept;
  RealLine& operator=(RealLine&&) noexcept;
  /// length reals -> length / 2 + 1 coefficients. Cost: 2.5 length log2(length) flops.
  void forward(float* values, std::complex<float>* coefficients) const;
  /// The inverse transform; overwrites the coefficients.
  void backward(std::complex<float>* coefficients, float* values) const;

 private:
  struct Plans;
  std::unique_ptr<Plans> plans_;
};

/// Transforms of lines of `length` complex numbers.
class ComplexLine {
 public:
  explicit ComplexLine(Index length);
  ~ComplexLine();
  ComplexLine(ComplexLine&&) noexcept;
  ComplexLine& operator=(ComplexLine&&) noexcept;
  /// Cost: 5 length log2(length) flops. from and to must not overlap; from is unchanged.
  void forward(std::complex<float>* from, std::complex<float>* to) const;
  void backward(std::complex<float>* from, std::complex<float>* to) const;

 private:
  struct Plans;
  std::unique_ptr<Plans> plans_;
};

/// Symmetry of a function about 0, for the transforms below.
enum class Parity { even, odd };

/// In-place transform of the quarter [0, half] x [0, half] (row-major, half + 1 numbers per line) of a function with
/// period 2 half in both directions and the given parities. The result is real: times -i for each odd direction it is
/// the discrete Fourier transform at frequencies [0, half] x [0, half].
void transform_quarter(float* values, Index half, Parity first, Parity second);
/// The one-dimensional version on [0, half].
void transform_half(float* values, Index half, Parity parity);

}  // namespace replearn::tsne::fourier
