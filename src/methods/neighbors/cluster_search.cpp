#include "methods/neighbors/cluster_search.hpp"

#include <algorithm>
#include <numeric>

#include "mpi/collectives.hpp"
#include "mpi/ring.hpp"

namespace replearn::neighbors {
namespace {

/// Assigns pairs of chunks of two ranks, `step` positions apart on the ring, to one of them.
struct PairAssignment {
  const ClusteredRows& rows;
  const ChunkPairs& pairs;
  int ranks, step;

  /// Ranks halfway around the ring hold each other's rows and share the pairs.
  bool is_searched_at(int host, int remote, std::int32_t host_chunk, std::int32_t remote_chunk) const {
    return 2 * step != ranks || ((host_chunk + remote_chunk) % 2 == 0) == (host < remote);
  }
  /// The chunks of host that are searched with this remote chunk there.
  std::vector<std::int32_t> host_chunks_of(std::int32_t remote_chunk, int remote, int host) const {
    std::vector<std::int32_t> hosts;
    for (const auto chunk : pairs.of(remote_chunk)) {
      if (chunk < rows.rank_chunks[host] || chunk >= rows.rank_chunks[host + 1]) continue;
      if (is_searched_at(host, remote, chunk, remote_chunk)) hosts.push_back(chunk);
    }
    return hosts;
  }
};

class ClusterSearch {
 public:
  ClusterSearch(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows, const ChunkPairs& pairs,
                Index k)
      : comm_(comm),
        rows_(rows),
        pairs_(pairs),
        k_(k),
        frame_(search_frame(comm, rows.values)),
        search_(metric, frame_, rows.columns) {
    for (std::int32_t t = rows.first_chunk(); t < rows.end_chunk(); ++t) {
      mine_.push_back(search_rows(t, rows.row(rows.chunk_begin[t] - rows.first())));
    }
  }

  void run() {
    mpi::Ring<float> ring(comm_, std::span<const float>(rows_.values.data(), rows_.values.size()),
                          comm_.size() / 2 + 1);
    // Local chunks first: they contain the nearest rows, so few later pairs need measuring.
    for (auto& chunk : mine_) search_within(chunk);
    for (std::int32_t t = rows_.first_chunk(); t < rows_.end_chunk(); ++t) {
      for (const auto other : pairs_.of(t)) {
        if (other > t && other < rows_.end_chunk()) search_pairs(mine(t), mine(other));
      }
      ring.poll();
    }
    for (int step = 1; ring.advance(); ++step) search_remote_rows(ring, step);
  }

  std::vector<SearchRows> release_rows() { return std::move(mine_); }

 private:
  SearchRows& mine(std::int32_t chunk) { return mine_[chunk - rows_.first_chunk()]; }

  SearchRows search_rows(std::int32_t chunk, const float* values) const {
    const Index count = rows_.chunk_rows(chunk);
    SearchRows search{values,
                      std::vector<Index>(count),
                      {frame_, values, count, rows_.columns, tile_panels(rows_.columns)},
                      {k_, count}};
    std::iota(search.ids.begin(), search.ids.end(), rows_.chunk_begin[chunk]);
    return search;
  }

  void search_within(SearchRows& chunk) {
    for (Index apart = 0; apart < chunk.packed.tiles(); ++apart) {
      for (Index tile = 0; tile + apart < chunk.packed.tiles(); ++tile)
        search_.search_pairs(chunk, tile, chunk, tile + apart);
    }
  }
  void search_pairs(SearchRows& a, SearchRows& b) {
    for (Index i = 0; i < a.packed.tiles(); ++i) {
      for (Index j = 0; j < b.packed.tiles(); ++j) search_.search_pairs(a, i, b, j);
    }
  }

  /// Searches the local chunks with the rows of the rank `step` positions behind, while another rank does the same with
  /// the local rows; results are then exchanged.
  void search_remote_rows(mpi::Ring<float>& ring, int step) {
    const int remote = ring.owner(), host = (comm_.rank() + step) % comm_.size();
    const PairAssignment assignment{rows_, pairs_, comm_.size(), step};
    std::vector<float> my_radii;
    for (const auto& chunk : mine_) {
      for (Index i = 0; i < chunk.count(); ++i) my_radii.push_back(chunk.lists.radius(i));
    }
    const auto radii = mpi::shift(comm_, my_radii, step);
    std::vector<std::uint32_t> counts;
    std::vector<Key> keys;
    for (std::int32_t t = rows_.rank_chunks[remote]; t < rows_.rank_chunks[remote + 1]; ++t) {
      const auto hosts = assignment.host_chunks_of(t, remote, comm_.rank());
      if (hosts.empty()) continue;
      const Index begin = rows_.chunk_begin[t] - rows_.begin(remote);
      SearchRows theirs = search_rows(t, ring.block().data() + begin * rows_.columns);
      for (Index i = 0; i < theirs.count(); ++i) theirs.lists.set_radius(i, radii[begin + i]);
      search_.set_radii_from_lists(theirs);
      for (const auto chunk : hosts) search_pairs(mine(chunk), theirs);
      for (Index i = 0; i < theirs.count(); ++i) {
        const auto best = theirs.lists.best(i);
        counts.push_back(static_cast<std::uint32_t>(best.size()));
        keys.insert(keys.end(), best.begin(), best.end());
      }
      ring.poll();
    }
    counts = mpi::shift(comm_, counts, -step);
    keys = mpi::shift(comm_, keys, -step);
    auto count = counts.begin();
    auto key = keys.begin();
    for (std::int32_t t = rows_.first_chunk(); t < rows_.end_chunk(); ++t) {
      if (assignment.host_chunks_of(t, comm_.rank(), host).empty()) continue;
      auto& chunk = mine(t);
      for (Index i = 0; i < chunk.count(); ++i) {
        for (std::uint32_t left = *count++; left > 0; --left) chunk.lists.offer(i, *key++);
      }
      search_.set_radii_from_lists(chunk);
    }
  }

  const mpi::Communicator& comm_;
  const ClusteredRows& rows_;
  const ChunkPairs& pairs_;
  Index k_;
  SearchFrame frame_;
  TilePairSearch search_;
  std::vector<SearchRows> mine_;
};

}  // namespace

std::vector<SearchRows> search_clusters(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows,
                                        const ChunkPairs& pairs, Index k) {
  ClusterSearch search(comm, metric, rows, pairs, k);
  search.run();
  return search.release_rows();
}

}  // namespace replearn::neighbors
