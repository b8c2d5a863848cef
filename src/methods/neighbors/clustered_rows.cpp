#include "methods/neighbors/clustered_rows.hpp"

#include <algorithm>
#include <numeric>

#include "mpi/collectives.hpp"

namespace replearn::neighbors {
namespace {

/// Position of each local row: the start of its cluster plus its rank there by global row. Collective.
std::vector<Index> positions_of(const mpi::Communicator& comm, const Clustering& clustering) {
  std::vector<Index> next(clustering.sizes.size(), 0), begins(clustering.sizes.size());
  for (const auto c : clustering.cluster) ++next[c];
  mpi::exclusive_sum(comm, std::span<Index>(next));
  std::exclusive_scan(clustering.sizes.begin(), clustering.sizes.end(), begins.begin(), Index{0});
  std::vector<Index> positions;
  for (const auto c : clustering.cluster) positions.push_back(begins[c] + next[c]++);
  return positions;
}

}  // namespace

int ClusteredRows::owner_of_chunk(std::int32_t chunk) const {
  return static_cast<int>(std::upper_bound(rank_chunks.begin() + 1, rank_chunks.end() - 1, chunk) -
                          (rank_chunks.begin() + 1));
}
int ClusteredRows::owner(Index position) const {
  const auto after = std::upper_bound(chunk_begin.begin(), chunk_begin.end(), position);
  return owner_of_chunk(static_cast<std::int32_t>(after - chunk_begin.begin()) - 1);
}

ClusteredRows move_to_clusters(const mpi::Communicator& comm, const DistributedMatrix& prepared,
                               const Clustering& clustering) {
  ClusteredRows moved;
  moved.columns = prepared.columns();
  moved.rank = comm.rank();
  moved.chunk_begin = {0};
  moved.cluster_chunks = {0};
  for (const Index size : clustering.sizes) {
    const Index begin = moved.chunk_begin.back(), pieces = ceil_div(size, ClusteredRows::largest_chunk);
    for (Index piece = 1; piece <= pieces; ++piece) moved.chunk_begin.push_back(begin + size * piece / pieces);
    moved.cluster_chunks.push_back(static_cast<std::int32_t>(moved.chunk_begin.size()) - 1);
  }
  for (int r = 0; r < comm.size(); ++r) {
    const Index fair = comm.shares().begin(prepared.rows(), r);
    moved.rank_chunks.push_back(static_cast<std::int32_t>(
        std::lower_bound(moved.chunk_begin.begin(), moved.chunk_begin.end(), fair) - moved.chunk_begin.begin()));
  }
  moved.rank_chunks.push_back(static_cast<std::int32_t>(moved.chunk_begin.size()) - 1);

  const auto positions = positions_of(comm, clustering);
  std::vector<std::vector<float>> values(comm.size());
  std::vector<std::vector<Index>> places(comm.size()), ids(comm.size());
  for (Index i = 0; i < prepared.local_rows(); ++i) {
    const auto to = moved.owner(positions[i]);
    const float* row = prepared.local.data() + i * moved.columns;
    values[to].insert(values[to].end(), row, row + moved.columns);
    places[to].push_back(positions[i]);
    ids[to].push_back(prepared.first_row() + i);
  }
  moved.values.resize(moved.local_rows(), moved.columns);
  moved.ids.resize(moved.local_rows());
  places = mpi::all_to_all_v(comm, places);
  ids = mpi::all_to_all_v(comm, ids);
  values = mpi::all_to_all_v(comm, values);
  for (std::size_t r = 0; r < places.size(); ++r) {
    for (std::size_t i = 0; i < places[r].size(); ++i) {
      const Index local = places[r][i] - moved.first();
      moved.ids[local] = ids[r][i];
      std::copy_n(values[r].data() + static_cast<Index>(i) * moved.columns, moved.columns,
                  moved.values.data() + local * moved.columns);
    }
  }
  return moved;
}

ChunkPairs select_chunk_pairs(const ClusteredRows& rows, const std::vector<ClusterPair>& clusters, Index max_within) {
  std::vector<ClusterPair> chunks;
  for (std::size_t c = 0; c + 1 < rows.cluster_chunks.size(); ++c) {
    const std::int32_t first = rows.cluster_chunks[c], count = rows.cluster_chunks[c + 1] - first;
    // Half of the candidates come from the following chunks, half from the preceding ones.
    const Index each = rows.chunk_rows(first), steps = std::min<Index>(count / 2, ceil_div(max_within, 2 * each));
    for (std::int32_t step = 1; step <= steps; ++step) {
      for (std::int32_t i = 0; i < count; ++i) {
        if (2 * step == count && i >= step) break;  // halfway around, each pair has been visited
        chunks.emplace_back(first + i, first + (i + step) % count);
      }
    }
  }
  for (const auto& [a, b] : clusters) {
    for (std::int32_t i = rows.cluster_chunks[a]; i < rows.cluster_chunks[a + 1]; ++i) {
      for (std::int32_t j = rows.cluster_chunks[b]; j < rows.cluster_chunks[b + 1]; ++j) {
        chunks.emplace_back(i, j);
      }
    }
  }
  ChunkPairs pairs;
  pairs.offsets.assign(rows.chunks() + 1, 0);
  for (const auto& [i, j] : chunks) {
    ++pairs.offsets[i + 1];
    ++pairs.offsets[j + 1];
  }
  std::partial_sum(pairs.offsets.begin(), pairs.offsets.end(), pairs.offsets.begin());
  pairs.partners.resize(pairs.offsets.back());
  auto next = pairs.offsets;
  for (const auto& [i, j] : chunks) {
    pairs.partners[next[i]++] = j;
    pairs.partners[next[j]++] = i;
  }
  return pairs;
}

}  // namespace replearn::neighbors
