#include "methods/neighbors/nearest_lists.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace replearn::neighbors {
namespace {

/// Number of keys <= `limit`. Compared as signed numbers, which all vector units support; no key has the sign bit set.
Index count_within(const Key* keys, Index count, Key limit) {
  Index within = 0;
  const auto signed_limit = static_cast<std::int64_t>(limit);
#pragma omp simd reduction(+ : within)
  for (Index j = 0; j < count; ++j) within += static_cast<std::int64_t>(keys[j]) <= signed_limit ? 1 : 0;
  return within;
}

/// Finds a limit that k to k + more of the keys do not exceed; keys are distinct, k <= count.
Key cutting_limit(const Key* keys, Index count, Index k, Index more) {
  Key low = keys[0], high = keys[0];
  for (Index j = 1; j < count; ++j) low = std::min(low, keys[j]), high = std::max(high, keys[j]);
  if (count <= k + more) return high;
  if (k == 1) return low;
  Index within_low = 1, within_high = count;  // fewer than k; more than k + more
  for (bool halve = false; high - low > 1; halve = !halve) {
    const double share = (static_cast<double>(k) + static_cast<double>(more) / 2 - static_cast<double>(within_low)) /
                         static_cast<double>(within_high - within_low);
    const double ahead = static_cast<double>(high - low) * (halve ? 0.5 : share);
    const Key guess = low + std::clamp<Key>(static_cast<Key>(ahead), 1, high - low - 1);
    const Index within = count_within(keys, count, guess);
    if (within < k) {
      low = guess, within_low = within;
    } else if (within > k + more) {
      high = guess, within_high = within;
    } else {
      return guess;
    }
  }
  return high;
}

}  // namespace

NearestLists::NearestLists(Index k, Index rows)
    : k_(k),
      more_(std::clamp<Index>(k, 16, 256) / 4),
      capacity_(k + 4 * more_),
      keys_(at(rows * capacity_)),
      counts_(at(rows), 0),
      worst_(at(rows), key_of(std::numeric_limits<float>::infinity(), max_rows - 1)) {}

bool NearestLists::cut(Index i) {
  Key* keys = &keys_[at(i * capacity_)];
  const Key limit = cutting_limit(keys, counts_[at(i)], k_, more_);
  Index left = 0;
  Key worst = 0;
  for (Index j = 0; j < counts_[at(i)]; ++j) {
    const Key key = keys[j];
    keys[left] = key;
    left += key <= limit ? 1 : 0;
    worst = std::max(worst, key <= limit ? key : 0);
  }
  counts_[at(i)] = left;
  const float before = distance_of(worst_[at(i)]);
  worst_[at(i)] = std::min(worst_[at(i)], worst);
  return distance_of(worst_[at(i)]) < before;
}

std::span<const Key> NearestLists::best(Index i) {
  if (counts_[at(i)] > k_ + more_) cut(i);
  return {&keys_[at(i * capacity_)], at(counts_[at(i)])};
}

std::span<const Key> NearestLists::sorted(Index i) {
  Key* keys = &keys_[at(i * capacity_)];
  std::sort(keys, keys + counts_[at(i)]);
  counts_[at(i)] = std::min(counts_[at(i)], k_);
  return {keys, at(counts_[at(i)])};
}

}  // namespace replearn::neighbors
