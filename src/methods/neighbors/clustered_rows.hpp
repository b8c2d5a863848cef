#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/neighbors/clustering.hpp"

namespace replearn::neighbors {

/// Rows in the order of their clusters. The *position* of a row is its place in that order, by global row within a
/// cluster. Clusters are divided into chunks of at most `largest_chunk` rows; each rank owns consecutive whole chunks
/// with about n / p rows. Positions and chunks depend on the data alone, never on the number of ranks.
struct ClusteredRows {
  static constexpr Index largest_chunk = 512;

  // The same on all ranks.
  Index columns = 0;
  std::vector<Index> chunk_begin;            ///< chunks + 1 positions
  std::vector<std::int32_t> cluster_chunks;  ///< clusters + 1: the first chunk of each cluster
  std::vector<std::int32_t> rank_chunks;     ///< ranks + 1: the first chunk of each rank

  // Local.
  int rank = 0;
  RowMatrix values;        ///< prepared rows, by position
  std::vector<Index> ids;  ///< the global row of each local row

  Index rows() const { return chunk_begin.back(); }
  std::int32_t chunks() const { return rank_chunks.back(); }
  Index chunk_rows(std::int32_t chunk) const {
    return chunk_begin[static_cast<std::size_t>(chunk) + 1] - chunk_begin[chunk];
  }
  std::int32_t first_chunk() const { return rank_chunks[rank]; }
  std::int32_t end_chunk() const { return rank_chunks[static_cast<std::size_t>(rank) + 1]; }
  /// First position owned by a rank; for r = number of ranks: n.
  Index begin(int r) const { return chunk_begin[rank_chunks[r]]; }
  Index first() const { return begin(rank); }
  Index local_rows() const { return begin(rank + 1) - begin(rank); }
  bool is_mine(Index position) const { return position >= first() && position < first() + local_rows(); }
  const float* row(Index local) const { return values.data() + local * columns; }
  int owner_of_chunk(std::int32_t chunk) const;
  int owner(Index position) const;
};

/// Moves prepared rows to the owners of their clusters. All ranks. Cost: one exchange; a row is sent at most once, (4
/// columns + 16) bytes.
ClusteredRows move_to_clusters(const mpi::Communicator& comm, const DistributedMatrix& prepared,
                               const Clustering& clustering);

/// Pairs of chunks to be searched: the partners of chunk t are partners[offsets[t]] to partners[offsets[t + 1] - 1].
/// Each pair is listed for both of its chunks; t is not listed for itself.
struct ChunkPairs {
  std::vector<Index> offsets;
  std::vector<std::int32_t> partners;
  std::span<const std::int32_t> of(std::int32_t chunk) const {
    const auto at = static_cast<std::size_t>(chunk);
    return {partners.data() + offsets[at], static_cast<std::size_t>(offsets[at + 1] - offsets[at])};
  }
};
/// Chunk pairs from cluster pairs; within a cluster, consecutive chunks are paired until each has `max_within` rows as
/// candidates, so that a million equal rows cost no more than others. Local.
ChunkPairs select_chunk_pairs(const ClusteredRows& rows, const std::vector<ClusterPair>& clusters, Index max_within);

}  // namespace replearn::neighbors
