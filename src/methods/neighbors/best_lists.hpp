#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "base/index.hpp"

namespace replearn::neighbors {

/// A distance (>= 0) and the position of a row, packed so that comparing keys compares distance first, then position.
using Key = std::uint64_t;
inline Key make_key(float distance, std::int32_t position) {
  return static_cast<Key>(std::bit_cast<std::uint32_t>(distance)) << 32 | static_cast<std::uint32_t>(position);
}
inline float distance_of(Key key) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(key >> 32));
}
inline std::int32_t position_of(Key key) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(key));
}

/// For each of `rows` rows the k least keys offered so far, in whatever order they came. Local.
///
/// Keys are collected behind the k kept until there is no room, then cut back by one selection: an offer costs a few
/// operations on average, whatever k is. Memory: (k + max(16, k / 2)) * 8 bytes a row.
class BestLists {
 public:
  BestLists(Index k, Index rows);

  Index rows() const { return static_cast<Index>(counts_.size()); }
  Index k() const { return static_cast<Index>(k_); }
  /// Offers one key. True if row i's list was cut back, so that worst(i) may have fallen.
  bool offer(Index i, Key key) {
    const auto row = static_cast<std::size_t>(i);
    keys_[row * room_ + counts_[row]++] = key;
    if (counts_[row] < room_) return false;
    cut(i);
    return true;
  }
  /// The k-th key of row i at its last cut; the largest possible key while fewer are known.
  Key worst(Index i) const { return worst_[static_cast<std::size_t>(i)]; }
  /// Cuts row i's list to at most k keys and returns them, in no order.
  std::span<const Key> cut(Index i);
  /// The same, ascending.
  std::span<const Key> sorted(Index i);

 private:
  std::size_t k_, room_;
  std::vector<Key> keys_;
  std::vector<Key> worst_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace replearn::neighbors
