#include "methods/neighbors/nearest_lists.hpp"

#include <hwy/contrib/sort/vqsort.h>

#include <algorithm>
#include <limits>

namespace replearn::neighbors {

NearestLists::NearestLists(Index k, Index rows)
    : k_(k),
      capacity_(k + std::clamp<Index>(k, 16, 256)),
      keys_(at(rows * capacity_)),
      counts_(at(rows), 0),
      worst_(at(rows), key_of(std::numeric_limits<float>::infinity(), most_rows - 1)),
      sorter_(std::make_shared<hwy::Sorter>()) {}

bool NearestLists::cut(Index i) {
  Key* keys = &keys_[at(i * capacity_)];
  (*sorter_)(keys, at(counts_[at(i)]), hwy::SortAscending());
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
  (*sorter_)(&keys_[at(i * capacity_)], keys.size(), hwy::SortAscending());
  return keys;
}

}  // namespace replearn::neighbors
