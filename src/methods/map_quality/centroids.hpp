#pragma once
#include <cstdint>
#include <vector>

#include "methods/map_quality/space.hpp"

namespace replearn::map_quality {

/// A label of each of the n rows, the same on all ranks: codes from 0 to count - 1, each used, or -1 for none.
struct Labels {
  std::vector<std::int32_t> codes;
  Index count = 0;
  /// Number of rows with each label.
  std::vector<Index> sizes() const;
};

/// How a map preserves the distances between the centroids of labels.
struct CentroidScores {
  /// KNC of Kobak and Berens 2019: mean fraction of the k nearest other centroids in the reference that are among the k
  /// nearest in the map. k: knc_neighbors. NaN with fewer than two labels.
  double knc = 0;
  /// Spearman's correlation of the distances between centroids in the reference and in the map. NaN with fewer than
  /// three labels.
  double distance_correlation = 0;
};

/// k of KNC for this many labels: 10 (Kobak and Berens), but at most half of the other labels, 1 or more.
Index knc_neighbors(Index labels);

/// Local, equal on all ranks. Cost: n d flops.
CentroidScores compare_centroids(const Space& reference, const Space& map, const Labels& labels);

/// CPD of Kobak and Berens 2019: Spearman's correlation of all distances between 1,000 random rows (or all) in the
/// reference and in the map. Local, equal on all ranks.
double sampled_distance_correlation(const Space& reference, const Space& map, std::uint64_t seed);
constexpr Index cpd_rows = 1000;

}  // namespace replearn::map_quality
