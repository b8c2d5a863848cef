#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "base/index.hpp"

namespace replearn::neighbors {

/// A neighbor as one number with the order of (distance, index): the bits of a float >= 0 increase with its value.
using Key = std::uint64_t;
constexpr Index max_rows = Index{1} << 32;  ///< number of rows that a key can distinguish
constexpr Key key_of(float distance, Index index) {
  return static_cast<Key>(std::bit_cast<std::uint32_t>(distance)) << 32 | static_cast<Key>(index);
}
constexpr float distance_of(Key key) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(key >> 32));
}
constexpr Index index_of(Key key) {
  return static_cast<Index>(key & 0xffffffff);
}

/// The k smallest (distance, index) pairs offered to each row. Local.
///
/// The list of a row holds up to k + s entries, s = min(max(k, 16), 256). When it is full it is cut back to its k
/// smallest and at most s / 4 more. The cut point is estimated from counts, in a few passes of vector comparisons over
/// the list, so that an accepted offer costs about 3 ns regardless of k. The next offer must be smaller than the
/// largest key that was kept. The k smallest of a list do not depend on the order of offers.
/// Memory: 8 (k + s) bytes per row.
class NearestLists {
 public:
  NearestLists() = default;
  NearestLists(Index k, Index rows);

  /// Before any offer: limits the search radius of row i to `distance`, when k neighbors within it are known elsewhere.
  void set_radius(Index i, float distance) { worst_[at(i)] = key_of(distance, max_rows - 1); }
  /// Largest distance that row i accepts. Infinity until it has k.
  float radius(Index i) const { return distance_of(worst_[at(i)]); }

  /// Returns true if the radius of row i decreased. Each pair of row and index is to be offered once. 0 <= index <
  /// max_rows.
  bool offer(Index i, Key key) {
    if (key > worst_[at(i)]) return false;
    keys_[at(i * capacity_ + counts_[at(i)])] = key;
    const Index count = ++counts_[at(i)];
    return (count == k_ || count == capacity_) && cut(i);
  }

  /// Entries of row i: its k smallest (all, if fewer were offered) and possibly a few more, unordered.
  std::span<const Key> best(Index i);
  /// Its k smallest, in order.
  std::span<const Key> sorted(Index i);

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  bool cut(Index i);

  Index k_ = 0, more_ = 0, capacity_ = 0;  // more_: entries kept beyond k by a cut
  std::vector<Key> keys_;                  // rows x capacity
  std::vector<Index> counts_;              // number of keys per row
  std::vector<Key> worst_;                 // largest key kept at the last cut
};

}  // namespace replearn::neighbors
