#pragma once
#include "base/random.hpp"
#include "data/distributed_matrix.hpp"

namespace replearn::test {

/// Standard normal numbers, the same on every rank.
inline RowMatrix random_rows(Index rows, Index columns, std::uint64_t seed) {
  RowMatrix x(rows, columns);
  for (Index i = 0; i < rows; ++i) {
    RandomStream stream(seed, Purpose::test, static_cast<std::uint64_t>(i));
    for (Index k = 0; k < columns; ++k) x(i, k) = static_cast<float>(stream.normal());
  }
  return x;
}

}  // namespace replearn::test
