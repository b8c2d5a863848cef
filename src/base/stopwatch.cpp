#include "base/stopwatch.hpp"

#include <sys/resource.h>

namespace replearn {

double peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0;  // Linux tells kilobytes
}

}  // namespace replearn
