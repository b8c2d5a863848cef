#pragma once
#include <cstdint>

namespace replearn {

/// Type for counts of rows, columns and nonzeros. Real data exceed 2^31 nonzeros, so int is never used.
using Index = std::int64_t;

/// ceil(a / b) for a >= 0, b > 0.
constexpr Index ceil_div(Index a, Index b) {
  return (a + b - 1) / b;
}

}  // namespace replearn
