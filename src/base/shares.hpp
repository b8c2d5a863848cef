#pragma once
#include <memory>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// Distribution of work over the ranks in contiguous ranges: equal, or weighted (faster nodes get more). A value type,
/// identical on every rank; results never depend on it.
class Shares {
 public:
  /// Equal shares. Implicit, since most callers only specify the number of ranks.
  Shares(int ranks = 1) : ranks_(ranks) {}
  /// Shares proportional to weights >= 0, not all 0.
  explicit Shares(const std::vector<double>& weights);

  int ranks() const { return ranks_; }
  bool are_equal() const { return !bounds_; }
  /// Rank r has the items [begin(items, r), begin(items, r + 1)). 0 <= r <= ranks().
  Index begin(Index items, int rank) const { return bounds_ ? rounded(items, rank) : items * rank / ranks_; }
  Index count(Index items, int rank) const { return begin(items, rank + 1) - begin(items, rank); }
  /// The largest number of items of any rank.
  Index max_count(Index items) const;
  /// The rank that has an item. 0 <= item < items.
  int owner(Index items, Index item) const;
  /// Share of a rank, 0 to 1.
  double of(int rank) const;

  bool operator==(const Shares& other) const;

 private:
  Index rounded(Index items, int rank) const;

  int ranks_ = 1;
  std::shared_ptr<const std::vector<double>> bounds_;  // ranks + 1, from 0 to 1; none: equal shares
};

/// Shares from the measured speeds of the ranks; equal if they differ by less than a tenth, which may be noise. A very
/// slow rank counts as a twentieth of the fastest.
Shares shares_by_speed(std::vector<double> speeds);

}  // namespace replearn
