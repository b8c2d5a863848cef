// Compiled once per instruction set (Highway's foreach_target); the best is selected at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/instruction_sets.cpp"
#include "numerics/instruction_sets.hpp"

#include <cblas.h>
#include <hwy/foreach_target.h>  // before highway.h

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace replearn::HWY_NAMESPACE {
namespace {

const char* name_of_target() {
  return hwy::TargetName(HWY_TARGET);
}

}  // namespace
}  // namespace replearn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

// Of OpenBLAS only: absent if another BLAS takes its place.
extern "C" {
[[gnu::weak]] char* openblas_get_config();
[[gnu::weak]] char* openblas_get_corename();
}

namespace replearn {

HWY_EXPORT(name_of_target);

std::string compiled_instruction_set() {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__)
  return "AVX2";
#else
  return hwy::TargetName(HWY_STATIC_TARGET);
#endif
}

std::string kernel_instruction_set() {
  return HWY_DYNAMIC_DISPATCH(name_of_target)();
}

std::string blas_version() {
  if (!openblas_get_config || !openblas_get_corename) return "BLAS (not OpenBLAS)";
  const std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACK ..."
  const auto end = config.find(' ', config.find(' ') + 1);
  return config.substr(0, end) + ", kernels for " + openblas_get_corename();
}

}  // namespace replearn
#endif
