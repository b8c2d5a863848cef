#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/neighbors/clustering.hpp"

namespace replearn::neighbors {

/// Rows in the order of their clusters. A row's *position* is its place in that order, within a cluster by global row.
/// Clusters are cut in chunks of at most `largest_chunk` rows; ranks own stretches of whole chunks with about n / p
/// rows each. Positions and chunks depend on the data alone, never on the number of ranks.
struct ClusteredRows {
  static constexpr Index largest_chunk = 512;

  // The same on all ranks.
  Index columns = 0;
  std::vector<Index> chunk_begin;            ///< chunks + 1 positions
  std::vector<std::int32_t> cluster_chunks;  ///< clusters + 1: the first chunk of each cluster
  std::vector<std::int32_t> rank_chunks;     ///< ranks + 1: the first chunk of each rank

  // Mine.
  int rank = 0;
  RowMatrix values;        ///< prepared rows, by position
  std::vector<Index> ids;  ///< the global row of each

  Index rows() const { return chunk_begin.back(); }
  std::int32_t chunks() const { return rank_chunks.back(); }
  Index chunk_rows(std::int32_t chunk) const {
    return chunk_begin[static_cast<std::size_t>(chunk) + 1] - chunk_begin[static_cast<std::size_t>(chunk)];
  }
  std::int32_t first_chunk() const { return rank_chunks[static_cast<std::size_t>(rank)]; }
  std::int32_t end_chunk() const { return rank_chunks[static_cast<std::size_t>(rank) + 1]; }
  /// The first position that a rank owns; rank p: n.
  Index begin(int r) const { return chunk_begin[static_cast<std::size_t>(rank_chunks[static_cast<std::size_t>(r)])]; }
  Index first() const { return begin(rank); }
  Index local_rows() const { return begin(rank + 1) - begin(rank); }
  bool is_mine(Index position) const { return position >= first() && position < first() + local_rows(); }
  const float* row(Index local) const { return values.data() + local * columns; }
  int owner_of_chunk(std::int32_t chunk) const;
  int owner(Index position) const;
};

/// Moves prepared rows to the owners of their clusters. All ranks.
/// Cost: one exchange; a row travels at most once, (4 columns + 16) bytes.
ClusteredRows move_to_clusters(const mpi::Communicator& comm, const DistributedMatrix& prepared,
                               const Clustering& clustering);

/// Which chunks meet: of chunk t, its partners [offsets[t], offsets[t + 1]), in the order of the pairs they come from,
/// both ways, without t itself.
struct ChunkPairs {
  std::vector<Index> offsets;
  std::vector<std::int32_t> partners;
  std::span<const std::int32_t> of(std::int32_t chunk) const {
    const auto at = static_cast<std::size_t>(chunk);
    return {partners.data() + offsets[at], static_cast<std::size_t>(offsets[at + 1] - offsets[at])};
  }
};
/// Those of clusters that meet; within a cluster those that follow each other, until each has met `max_within` rows:
/// so a million equal rows cost no more than others. Local.
ChunkPairs select_chunk_pairs(const ClusteredRows& rows, const std::vector<ClusterPair>& clusters, Index max_within);

}  // namespace replearn::neighbors
