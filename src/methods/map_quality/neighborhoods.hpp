#pragma once
#include <functional>
#include <vector>

#include "methods/map_quality/ranks.hpp"

namespace replearn::map_quality {

/// How well maps preserve the k nearest neighbors, for several k.
struct NeighborhoodScores {
  std::vector<double> recall;  ///< one per Options::neighbors
  // One per Options::rank_neighbors:
  std::vector<double> trustworthiness, continuity, mrre_false, mrre_missing;
  // Of each local row, at Options::cell_neighbors:
  std::vector<float> cell_recall, cell_trustworthiness, cell_continuity;
};

struct NeighborhoodOptions {
  std::vector<Index> neighbors = {5, 10, 15, 30, 50, 100};  ///< k of recall, ascending
  std::vector<Index> rank_neighbors = {5, 15, 30};          ///< k of the measures of ranks, ascending, < n / 2
  Index cell_neighbors = 15;                                ///< k of the scores of each cell

  /// The largest k of all.
  Index max_neighbors() const;
};

/// A map beside the reference, with the lists of exact_neighbors for max_neighbors() or n - 1.
struct MappedSpace {
  const Space* space;
  const NeighborLists* neighbors;
};

/// Compares the neighborhoods of each map with those of the reference, both with lists of the same length.
///
/// recall(k): mean fraction of a row's k nearest neighbors in the reference that are among its k nearest in the map.
/// trustworthiness, continuity: Venna and Kaski 2001, as in scikit-learn. mrre: 1 - mean relative rank error over the
/// neighbors in the map (false) or in the reference (missing), Lee and Verleysen 2009.
///
/// The ranks of neighbors that are not in both lists are found by one pass over all pairs (find_ranks). Collective; sums
/// are bit-identical on any number of ranks.
std::vector<NeighborhoodScores> compare_neighborhoods(const mpi::Communicator& comm, const RowPartition& partition,
                                                      const MappedSpace& reference,
                                                      const std::vector<MappedSpace>& maps,
                                                      const NeighborhoodOptions& options,
                                                      const std::function<void(double)>& progress);

}  // namespace replearn::map_quality
