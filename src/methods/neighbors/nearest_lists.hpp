#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "base/index.hpp"

namespace replearn::neighbors {

/// A neighbor in one number that orders as (distance, index) do: the bits of a float >= 0 rise with it.
using Key = std::uint64_t;
constexpr Index max_rows = Index{1} << 32;  ///< what a key can tell apart
constexpr Key key_of(float distance, Index index) {
  return static_cast<Key>(std::bit_cast<std::uint32_t>(distance)) << 32 | static_cast<Key>(index);
}
constexpr float distance_of(Key key) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(key >> 32));
}
constexpr Index index_of(Key key) {
  return static_cast<Index>(key & 0xffffffff);
}

/// For each of some rows the k least (distance, index) pairs offered. Local.
///
/// A row's list fills up to k and some room, then is cut back to its k least and at most a quarter of the room more:
/// where to cut is guessed from counts, a few passes of vector comparisons over the list, so an offer that is taken
/// costs some 3 ns whatever k. What the next offer must beat is the worst that was left.
/// The k least of a list do not depend on the order of offers.
/// Memory: 8 bytes times (k + room) a row, room = k within [16, 256].
class NearestLists {
 public:
  NearestLists() = default;
  NearestLists(Index k, Index rows);

  /// Before any offer: row i is told to want nothing beyond `distance` (it has k others within elsewhere).
  void set_limit(Index i, float distance) { worst_[at(i)] = key_of(distance, max_rows - 1); }
  /// Farther than this row i wants none. Infinity until it has k.
  float limit(Index i) const { return distance_of(worst_[at(i)]); }

  /// True if the limit of row i came down. Each pair of row and index is to be offered once. 0 <= index < max_rows.
  bool offer(Index i, Key key) {
    if (key > worst_[at(i)]) return false;
    keys_[at(i * capacity_ + counts_[at(i)])] = key;
    const Index count = ++counts_[at(i)];
    return (count == k_ || count == capacity_) && cut(i);
  }

  /// What row i has: its k least (all, if it was offered fewer) and perhaps a few more, in no order.
  std::span<const Key> best(Index i);
  /// Its k least in order.
  std::span<const Key> sorted(Index i);

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  bool cut(Index i);

  Index k_ = 0, more_ = 0, capacity_ = 0;  // more_: left beside the k by a cut
  std::vector<Key> keys_;                  // rows x capacity
  std::vector<Index> counts_;              // of a row's keys
  std::vector<Key> worst_;                 // that was left at the last cut
};

}  // namespace replearn::neighbors
