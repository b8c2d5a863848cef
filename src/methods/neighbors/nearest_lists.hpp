#pragma once
#include <span>
#include <vector>

#include "numerics/blocked_distances.hpp"

namespace replearn::neighbors {

/// Prepared rows of one block of a RowPartition.
struct RowBlock {
  Index begin = 0;        ///< global row of its first
  Index local_begin = 0;  ///< the same, counted from its rank's first row
  Index rows = 0;
  const float* values = nullptr;  ///< rows x columns
  const float* norms = nullptr;   ///< |row|^2
};
/// Block `block` of the rows that `owner` holds: `values` and `norms` begin at owner's first row.
RowBlock row_block(const RowPartition& partition, Index block, int owner, const float* values, Index columns,
                   const std::vector<float>& norms);

struct Neighbor {
  float distance;
  Index index;  ///< global row
  auto operator<=>(const Neighbor&) const = default;
};

/// For each of my rows the k least (distance, index) pairs seen so far. Local.
///
/// The lists after all blocks have been visited are those of direct_distances over all pairs, in whatever order the
/// blocks came: a pair is left out unmeasured only if its lower bound is above the k-th best so far.
class NearestLists {
 public:
  /// columns: of the prepared rows.
  NearestLists(Metric metric, Index k, Index rows, Index columns);

  /// Offers every row of `b` to every row of `a` (mine), itself excepted.
  /// Cost: 2 columns flops a pair for the bounds, 3 columns more for the few that pass (about k ln(n / k) a row).
  void visit(const RowBlock& a, const RowBlock& b);

  /// The list of my i-th row by ascending (distance, index). Ends its use as a list.
  std::span<const Neighbor> sorted(Index i);

 private:
  void offer(Index i, Neighbor neighbor);

  Metric metric_;
  std::size_t k_;
  Index columns_;
  std::vector<std::vector<Neighbor>> heaps_;  // the worst on top
  std::vector<float> limits_;                 // squared distance of the worst: farther rows need no measuring
  std::vector<float> bounds_;
};

}  // namespace replearn::neighbors
