#include "methods/neighbors/nearest_lists.hpp"

#include <algorithm>
#include <limits>

namespace replearn::neighbors {

NearestLists::NearestLists(Index k, Index rows)
    : k_(k),
      capacity_(k + std::clamp<Index>(k, 16, 256)),
      keys_(at(rows * capacity_)),
      counts_(at(rows), 0),
      worst_(at(rows), key_of(std::numeric_limits<float>::infinity(), most_rows - 1)) {}

bool NearestLists::cut(Index i) {
  Key* keys = &keys_[at(i * capacity_)];
  std::nth_element(keys, keys + (k_ - 1), keys + counts_[at(i)]);
  counts_[at(i)] = k_;
  const float before = limit(i);
  worst_[at(i)] = std::min(worst_[at(i)], keys[k_ - 1]);
  return limit(i) < before;
}

std::span<const Key> NearestLists::best(Index i) {
  if (counts_[at(i)] > k_) cut(i);
  return {&keys_[at(i * capacity_)], at(counts_[at(i)])};
}

std::span<const Key> NearestLists::sorted(Index i) {
  const auto keys = best(i);
  std::sort(&keys_[at(i * capacity_)], &keys_[at(i * capacity_)] + keys.size());
  return keys;
}

}  // namespace replearn::neighbors
