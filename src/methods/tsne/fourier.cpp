#include "methods/tsne/fourier.hpp"

#include <fftw3.h>

#include <algorithm>
#include <array>
#include <new>

#include "numerics/aligned_array.hpp"

namespace replearn::tsne::fourier {
namespace {

class Plan {
 public:
  explicit Plan(fftwf_plan plan) : plan_(plan) {
    if (!plan_) throw std::bad_alloc();
  }
  ~Plan() { fftwf_destroy_plan(plan_); }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  fftwf_plan get() const { return plan_; }

 private:
  fftwf_plan plan_;
};

fftwf_complex* raw(std::complex<float>* values) {
  return reinterpret_cast<fftwf_complex*>(values);  // layout-compatible by the standard and by FFTW
}

/// In-place transforms of `lines` lines, `distance` apart, each of `count` numbers with the given stride.
void transform_lines(float* values, Index count, Index stride, Index lines, Index distance, Parity parity) {
  const int length = static_cast<int>(count);
  const fftwf_r2r_kind kind = parity == Parity::even ? FFTW_REDFT00 : FFTW_RODFT00;
  const Plan plan(fftwf_plan_many_r2r(1, &length, static_cast<int>(lines), values, nullptr, static_cast<int>(stride),
                                      static_cast<int>(distance), values, nullptr, static_cast<int>(stride),
                                      static_cast<int>(distance), &kind, FFTW_ESTIMATE));
  fftwf_execute(plan.get());
}

/// An odd function is 0 at both ends of its half period; FFTW omits these.
Index inner(Index half, Parity parity) {
  return parity == Parity::even ? half + 1 : half - 1;
}

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

struct RealLine::Plans {
  Plan forward, backward;
};

RealLine::RealLine(Index length) {
  AlignedArray<float> values(length);
  AlignedArray<std::complex<float>> coefficients(length / 2 + 1);
  const int n = static_cast<int>(length);
  plans_.reset(new Plans{Plan(fftwf_plan_dft_r2c_1d(n, values.data(), raw(coefficients.data()), FFTW_ESTIMATE)),
                         Plan(fftwf_plan_dft_c2r_1d(n, raw(coefficients.data()), values.data(), FFTW_ESTIMATE))});
}
RealLine::~RealLine() = default;
RealLine::RealLine(RealLine&&) noexcept = default;
RealLine& RealLine::operator=(RealLine&&) noexcept = default;

void RealLine::forward(float* values, std::complex<float>* coefficients) const {
  fftwf_execute_dft_r2c(plans_->forward.get(), values, raw(coefficients));
}
void RealLine::backward(std::complex<float>* coefficients, float* values) const {
  fftwf_execute_dft_c2r(plans_->backward.get(), raw(coefficients), values);
}

struct ComplexLine::Plans {
  Plan forward, backward;
};

ComplexLine::ComplexLine(Index length) {
  AlignedArray<std::complex<float>> from(length), to(length);
  const int n = static_cast<int>(length);
  const auto plan = [&](int sign) {
    return fftwf_plan_dft_1d(n, raw(from.data()), raw(to.data()), sign, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
  };
  plans_.reset(new Plans{Plan(plan(FFTW_FORWARD)), Plan(plan(FFTW_BACKWARD))});
}
ComplexLine::~ComplexLine() = default;
ComplexLine::ComplexLine(ComplexLine&&) noexcept = default;
ComplexLine& ComplexLine::operator=(ComplexLine&&) noexcept = default;

void ComplexLine::forward(std::complex<float>* from, std::complex<float>* to) const {
  fftwf_execute_dft(plans_->forward.get(), raw(from), raw(to));
}
void ComplexLine::backward(std::complex<float>* from, std::complex<float>* to) const {
  fftwf_execute_dft(plans_->backward.get(), raw(from), raw(to));
}

void transform_quarter(float* values, Index half, Parity first, Parity second) {
  const Index line = half + 1;
  const Index row0 = first == Parity::odd, column0 = second == Parity::odd;
  float* corner = values + row0 * line + column0;
  transform_lines(corner, inner(half, second), 1, inner(half, first), line, second);
  transform_lines(corner, inner(half, first), line, inner(half, second), 1, first);
}

void transform_half(float* values, Index half, Parity parity) {
  transform_lines(values + (parity == Parity::odd), inner(half, parity), 1, 1, 1, parity);
}

}  // namespace replearn::tsne::fourier
