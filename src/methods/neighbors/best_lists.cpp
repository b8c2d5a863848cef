#include "methods/neighbors/best_lists.hpp"

#include <algorithm>
#include <limits>

namespace replearn::neighbors {

BestLists::BestLists(Index k, Index rows)
    : k_(static_cast<std::size_t>(k)),
      room_(k_ + std::max<std::size_t>(16, k_ / 2)),
      keys_(static_cast<std::size_t>(rows) * room_),
      worst_(static_cast<std::size_t>(rows), std::numeric_limits<Key>::max()),
      counts_(static_cast<std::size_t>(rows), 0) {}

std::span<const Key> BestLists::cut(Index i) {
  const auto row = static_cast<std::size_t>(i);
  Key* keys = keys_.data() + row * room_;
  auto& count = counts_[row];
  if (count > k_) {
    std::nth_element(keys, keys + k_ - 1, keys + count);
    count = static_cast<std::uint32_t>(k_);
    worst_[row] = keys[k_ - 1];
  }
  return {keys, count};
}

std::span<const Key> BestLists::sorted(Index i) {
  const auto kept = cut(i);
  Key* keys = keys_.data() + static_cast<std::size_t>(i) * room_;
  std::sort(keys, keys + kept.size());
  return kept;
}

}  // namespace replearn::neighbors
