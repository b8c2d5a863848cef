#include "numerics/blas_memory.hpp"

#include <cblas.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cstddef>
#include <fstream>

#include "base/error.hpp"
#include "base/log.hpp"

namespace replearn {
namespace {

/// Size of OpenBLAS's buffer on x86-64 (aarch64: 32 MB less), plus a margin.
constexpr std::size_t buffer_bytes = std::size_t{144} << 20;

/// Whether this amount of memory can be mapped.
bool room_for(std::size_t bytes) {
  void* const place = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return false;
  ::munmap(place, bytes);
  return true;
}

std::string limit_text() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "the system has no more memory";
  return fmt::format("the limit of its address space is {:.0f} MB (ulimit -v)",
                     static_cast<double>(limit.rlim_cur) / 0x1p20);
}

}  // namespace

void reserve_blas_memory() {
  if (!room_for(buffer_bytes)) {
    throw SystemError(
        fmt::format("no room for the {:.0f} MB that OpenBLAS works in: ", static_cast<double>(buffer_bytes) / 0x1p20) +
        limit_text() + "; raise the limit, or ask the batch system for more memory");
  }
  // Products of small matrices do not use the buffer; a rank-k update always does.
  const double one = 1;
  double sum = 0;
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, 1, 1, 1.0, &one, 1, 0.0, &sum, 1);
}

}  // namespace replearn
