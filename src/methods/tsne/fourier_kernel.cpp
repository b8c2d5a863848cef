// Compiled once per instruction set (Highway's foreach_target); the best is selected at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "methods/tsne/fourier_kernel.cpp"
#include "methods/tsne/fourier_kernel.hpp"

#include <hwy/foreach_target.h>  // before highway.h

#include <hwy/highway.h>

// What pocketfft includes, which must not be compiled for one instruction set: it is included once for each, within
// the namespace of that.
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

HWY_BEFORE_NAMESPACE();
namespace replearn::tsne::fourier::HWY_NAMESPACE {

#undef POCKETFFT_HDRONLY_H
#define POCKETFFT_NO_MULTITHREADING
#include <pocketfft_hdronly.h>
#undef POCKETFFT_NO_MULTITHREADING

namespace {

/// One number of each line.
typedef float Lanes __attribute__((vector_size(lanes * sizeof(float))));
using Complex = pocketfft::detail::cmplx<Lanes>;

class RealLines : public LinesTransform {
 public:
  explicit RealLines(Index length) : plan_(static_cast<std::size_t>(length)) {}
  void forward(float* values) const override { plan_.exec(reinterpret_cast<Lanes*>(values), 1.0f, true); }
  void backward(float* values) const override { plan_.exec(reinterpret_cast<Lanes*>(values), 1.0f, false); }

 private:
  pocketfft::detail::pocketfft_r<float> plan_;
};

class ComplexLines : public LinesTransform {
 public:
  explicit ComplexLines(Index length) : plan_(static_cast<std::size_t>(length)) {}
  void forward(float* values) const override { plan_.exec(reinterpret_cast<Complex*>(values), 1.0f, true); }
  void backward(float* values) const override { plan_.exec(reinterpret_cast<Complex*>(values), 1.0f, false); }

 private:
  pocketfft::detail::pocketfft_c<float> plan_;
};

std::unique_ptr<LinesTransform> real_lines_on_target(Index length) {
  return std::make_unique<RealLines>(length);
}
std::unique_ptr<LinesTransform> complex_lines_on_target(Index length) {
  return std::make_unique<ComplexLines>(length);
}

}  // namespace
}  // namespace replearn::tsne::fourier::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace replearn::tsne::fourier {

HWY_EXPORT(real_lines_on_target);
HWY_EXPORT(complex_lines_on_target);

std::unique_ptr<LinesTransform> make_real_lines(Index length) {
  return HWY_DYNAMIC_DISPATCH(real_lines_on_target)(length);
}
std::unique_ptr<LinesTransform> make_complex_lines(Index length) {
  return HWY_DYNAMIC_DISPATCH(complex_lines_on_target)(length);
}

}  // namespace replearn::tsne::fourier
#endif
