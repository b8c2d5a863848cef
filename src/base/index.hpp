#pragma once
#include <cstdint>

namespace replearn {

/// Counts rows, columns and nonzeros. Real data passes 2^31 nonzeros, so int is never used for them.
using Index = std::int64_t;

/// ceil(a / b) for a >= 0, b > 0.
constexpr Index ceil_div(Index a, Index b) {
  return (a + b - 1) / b;
}

}  // namespace replearn
