#pragma once
#include <complex>
#include <memory>

#include "base/index.hpp"

/// Fourier transforms in float32 by FFTW's standard interface. Plans are estimated, never timed: one length has one
/// algorithm, and so the same bits on every rank and in every run. Transforms are not normalized: there and back
/// multiplies by the length. Arrays must start on cache lines (AlignedArray). All local.
namespace replearn::fourier {

/// The least 2^a 3^b 5^c, a multiple of 16, that is `at_least` or more.
Index fast_length(Index at_least);

/// Numbers of one line of `length` reals.
class RealLine {
 public:
  explicit RealLine(Index length);
  ~RealLine();
  RealLine(RealLine&&) noexcept;
  RealLine& operator=(RealLine&&) noexcept;
  /// length reals -> length / 2 + 1 coefficients. Cost: 2.5 length log2(length) flops.
  void forward(float* values, std::complex<float>* coefficients) const;
  /// The way back; overwrites the coefficients.
  void backward(std::complex<float>* coefficients, float* values) const;

 private:
  struct Plans;
  std::unique_ptr<Plans> plans_;
};

/// Lines of `length` complex numbers.
class ComplexLine {
 public:
  explicit ComplexLine(Index length);
  ~ComplexLine();
  ComplexLine(ComplexLine&&) noexcept;
  ComplexLine& operator=(ComplexLine&&) noexcept;
  /// Cost: 5 length log2(length) flops. from and to: not the same; from is kept.
  void forward(std::complex<float>* from, std::complex<float>* to) const;
  void backward(std::complex<float>* from, std::complex<float>* to) const;

 private:
  struct Plans;
  std::unique_ptr<Plans> plans_;
};

/// What a function on a line is, seen from 0, for the transforms below.
enum class Parity { even, odd };

/// Transforms in place the quarter [0, half] x [0, half] (row-major, half + 1 numbers a line) of a function of period
/// 2 half in both directions that is even or odd in the first and in the second. The result is real: times -i for each
/// odd direction it is the discrete Fourier transform at frequencies [0, half] x [0, half].
void transform_quarter(float* values, Index half, Parity first, Parity second);
/// The same on a line: [0, half].
void transform_half(float* values, Index half, Parity parity);

}  // namespace replearn::fourier
