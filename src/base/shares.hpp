#pragma once
#include <memory>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// How what there is to do is dealt to the ranks, in stretches by rank: alike, or some more than others (ranks of
/// faster nodes). A value, the same on every rank; results never hang on it.
class Shares {
 public:
  /// Alike. Not explicit: a number of ranks is what most have to say.
  Shares(int ranks = 1) : ranks_(ranks) {}
  /// By weights >= 0 in any unit, not all 0.
  explicit Shares(const std::vector<double>& weights);

  int ranks() const { return ranks_; }
  bool alike() const { return !bounds_; }
  /// Of `items` things, rank r has [begin(items, r), begin(items, r + 1)). 0 <= r <= ranks().
  Index begin(Index items, int rank) const {
    return bounds_ ? rounded(items, rank) : items * rank / ranks_;
  }
  Index count(Index items, int rank) const { return begin(items, rank + 1) - begin(items, rank); }
  /// The most of any rank.
  Index most(Index items) const;
  /// Who has an item. 0 <= item < items.
  int owner(Index items, Index item) const;
  /// What a rank has of the whole, 0 to 1.
  double of(int rank) const;

  bool operator==(const Shares& other) const;

 private:
  Index rounded(Index items, int rank) const;

  int ranks_ = 1;
  std::shared_ptr<const std::vector<double>> bounds_;  // ranks + 1, from 0 to 1; none: alike
};

/// Weights from how fast ranks are; alike if they differ by less than a tenth, which may be chance. A rank that all but
/// stands counts as a twentieth of the fastest.
Shares shares_by_speed(std::vector<double> speeds);

}  // namespace replearn
