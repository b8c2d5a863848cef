#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::neighbors {

/// Rows in the order of their clusters. A row's *position* is its place in that order: clusters along order_in_space,
/// within a cluster by global row. Clusters are cut in chunks of at most `largest_chunk` rows, so that a cluster of
/// duplicates costs no more than another; ranks own stretches of whole chunks with about n / p rows each.
/// Positions, clusters and chunks depend on the data alone, never on the number of ranks.
struct ClusteredRows {
  static constexpr Index largest_chunk = 512;

  // The same on all ranks.
  Index columns = 0;
  std::vector<Index> chunk_begin;            ///< chunks + 1 positions
  std::vector<std::int32_t> cluster_chunks;  ///< clusters + 1: the first chunk of each cluster
  std::vector<Index> rank_begin;             ///< ranks + 1 positions
  RowMatrix centers;                         ///< of the clusters, in their order

  // Mine.
  int rank = 0;
  RowMatrix values;                   ///< prepared rows, my positions
  std::vector<float> norms;           ///< |row|^2
  std::vector<Index> ids;             ///< global row of each of my positions
  Index near_count = 0;               ///< clusters kept for each row
  std::vector<std::int32_t> near;     ///< for each of my rows the clusters nearest to it, its own first

  Index rows() const { return chunk_begin.back(); }
  Index clusters() const { return static_cast<Index>(cluster_chunks.size()) - 1; }
  Index chunks() const { return static_cast<Index>(chunk_begin.size()) - 1; }
  Index first() const { return rank_begin[static_cast<std::size_t>(rank)]; }
  Index local_rows() const { return static_cast<Index>(ids.size()); }
  const float* row(Index local) const { return values.data() + local * columns; }
  int owner(Index position) const;
};

/// Moves prepared rows to the owners of their clusters. nearest: of nearest_centers for my rows, near_count each.
/// All ranks. Cost: one exchange; a row travels at most once, (4 columns + 8 + 4 near_count) bytes.
ClusteredRows move_to_clusters(const mpi::Communicator& comm, const DistributedMatrix& prepared,
                               const RowMatrix& centers, const std::vector<std::int32_t>& nearest, Index near_count);

/// Which chunks each of my rows meets: chunks of its own cluster from its own chunk on, then those of the clusters
/// next nearest, until it has met `candidates` other rows (never fewer than `needed`, if need be in clusters farther
/// than the near_count kept). Local.
struct Visits {
  std::vector<Index> offsets{0};     ///< local_rows + 1
  std::vector<std::int32_t> chunks;  ///< of row i: [offsets[i], offsets[i + 1]); its own chunk first
  std::span<const std::int32_t> of(Index i) const {
    const auto at = static_cast<std::size_t>(i);
    return {chunks.data() + offsets[at], static_cast<std::size_t>(offsets[at + 1] - offsets[at])};
  }
};
Visits plan_visits(const ClusteredRows& rows, Index candidates, Index needed);

}  // namespace replearn::neighbors
