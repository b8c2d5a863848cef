#include "methods/neighbors/refinement.hpp"

#include <algorithm>
#include <limits>

#include "methods/neighbors/fetch.hpp"
#include "mpi/collectives.hpp"

namespace replearn::neighbors {
namespace {

/// A link of a row: the position of the other row, and whether it is new since the previous round.
using Link = std::uint32_t;
constexpr Link no_link = std::numeric_limits<Link>::max();
constexpr Link link_to(std::int32_t position, bool is_new) {
  return static_cast<Link>(position) << 1 | (is_new ? 1u : 0u);
}
constexpr std::int32_t target(Link link) {
  return static_cast<std::int32_t>(link >> 1);
}
constexpr bool is_new(Link link) {
  return (link & 1) != 0;
}

/// `width` links per row by ascending target, padded with no_link.
struct Links {
  Index width = 0;
  std::vector<Link> all;
  std::span<const Link> of(Index i) const {
    return std::span(all).subspan(static_cast<std::size_t>(i * width), static_cast<std::size_t>(width));
  }
};

/// Calls visit(local row, lists of its chunk, row in the chunk).
template <class Visit>
void for_each_row(std::vector<SearchRows>& chunks, Visit visit) {
  Index local = 0;
  for (auto& chunk : chunks) {
    for (Index i = 0; i < chunk.count(); ++i) visit(local++, chunk.lists, i);
  }
}

std::span<const Key> nearest_of(NearestLists& lists, Index i, Index max_links) {
  const auto sorted = lists.sorted(i);
  return sorted.first(std::min(sorted.size(), static_cast<std::size_t>(max_links)));
}

struct Edge {
  std::int32_t to, from;
  float distance;
};

/// Links each row to its `max_links` nearest rows and to the `max_links` nearest rows that list it as a neighbor.
/// Collective.
Links link_rows(const mpi::Communicator& comm, const ClusteredRows& rows, Index max_links,
                std::vector<SearchRows>& chunks, const Links& before) {
  std::vector<std::vector<Edge>> outgoing(comm.size());
  NearestLists inward(max_links, rows.local_rows());
  for_each_row(chunks, [&](Index i, NearestLists& lists, Index in_chunk) {
    for (const Key key : nearest_of(lists, in_chunk, max_links)) {
      const auto from = static_cast<std::int32_t>(rows.first() + i), to = static_cast<std::int32_t>(index_of(key));
      if (rows.is_mine(to)) {
        inward.offer(to - rows.first(), key_of(distance_of(key), from));
      } else {
        outgoing[rows.owner(to)].push_back({to, from, distance_of(key)});
      }
    }
  });
  for (const auto& edges : mpi::all_to_all_v(comm, outgoing)) {
    for (const Edge& edge : edges) inward.offer(edge.to - rows.first(), key_of(edge.distance, edge.from));
  }

  Links links{2 * max_links, std::vector<Link>(static_cast<std::size_t>(2 * max_links * rows.local_rows()), no_link)};
  std::vector<std::int32_t> targets;
  for_each_row(chunks, [&](Index i, NearestLists& lists, Index in_chunk) {
    targets.clear();
    for (const Key key : nearest_of(lists, in_chunk, max_links))
      targets.push_back(static_cast<std::int32_t>(index_of(key)));
    for (const Key key : inward.sorted(i)) targets.push_back(static_cast<std::int32_t>(index_of(key)));
    std::sort(targets.begin(), targets.end());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    Link* out = links.all.data() + i * links.width;
    const auto old = before.of(i);
    auto at = old.begin();
    for (const auto position : targets) {
      while (at != old.end() && *at != no_link && target(*at) < position) ++at;
      const bool existed = at != old.end() && *at != no_link && target(*at) == position;
      *out++ = link_to(position, !existed);
    }
  });
  return links;
}

/// Rows of other ranks by position: O(1) lookup with 4 bytes per row of all ranks.
class RemoteRows {
 public:
  RemoteRows(const ClusteredRows& rows, bool alone) : slots_(alone ? 0 : static_cast<std::size_t>(rows.rows()), -1) {}
  void request(std::int32_t position) {
    auto& slot = slots_[position];
    if (slot == -1) {
      slot = 0;
      positions_.push_back(position);
    }
  }
  /// Numbers the requested rows in the order of their positions, which it returns.
  std::span<const Index> assign_slots() {
    std::sort(positions_.begin(), positions_.end());
    for (std::size_t s = 0; s < positions_.size(); ++s) {
      slots_[positions_[s]] = static_cast<std::int32_t>(s);
    }
    return positions_;
  }
  Index slot_of(std::int32_t position) const { return slots_[position]; }

 private:
  std::vector<std::int32_t> slots_;
  std::vector<Index> positions_;
};

/// Set of the numbers seen since clear(): a small hash table with linear probing that fits in the L1 cache.
class SeenSet {
 public:
  explicit SeenSet(Index capacity)
      : mask_(std::bit_ceil(static_cast<std::size_t>(2 * capacity + 2)) - 1), table_(mask_ + 1, empty) {}
  void clear() {
    for (const auto at : used_) table_[at] = empty;
    used_.clear();
  }
  /// Returns false if already present.
  bool insert(std::int32_t number) {
    auto at = (static_cast<std::size_t>(static_cast<std::uint32_t>(number)) * 0x9E3779B1u >> 7) & mask_;
    while (table_[at] != empty) {
      if (table_[at] == number) return false;
      at = (at + 1) & mask_;
    }
    table_[at] = number;
    used_.push_back(static_cast<std::uint32_t>(at));
    return true;
  }

 private:
  static constexpr std::int32_t empty = -1;
  std::size_t mask_;
  std::vector<std::int32_t> table_;
  std::vector<std::uint32_t> used_;
};

class Round {
 public:
  Round(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows, const ChunkPairs& pairs,
        const Links& links, Index k)
      : comm_(comm),
        metric_(metric),
        rows_(rows),
        pairs_(pairs),
        links_(links),
        link_requests_(rows, comm.size() == 1),
        value_requests_(rows, comm.size() == 1),
        already_searched_(static_cast<std::size_t>(rows.chunks()), -1),
        seen_(links.width * links.width + links.width + k + k + 256) {
    chunk_of_.resize(rows.rows());
    for (std::size_t t = 0; t + 1 < rows.chunk_begin.size(); ++t) {
      std::fill(chunk_of_.begin() + rows.chunk_begin[t], chunk_of_.begin() + rows.chunk_begin[t + 1],
                static_cast<std::int32_t>(t));
    }
  }

  void run(std::vector<SearchRows>& chunks) {
    if (comm_.size() > 1) {
      fetch_links();
      fetch_values(chunks);
    }
    for_each_row(chunks, [&](Index i, NearestLists& lists, Index in_chunk) {
      find_candidates(i, lists.best(in_chunk));
      measure(i, lists, in_chunk);
    });
  }

 private:
  std::span<const Link> links_of(std::int32_t position) const {
    return rows_.is_mine(position) ? links_.of(position - rows_.first())
                                   : remote_links_.of(link_requests_.slot_of(position));
  }

  void fetch_links() {
    for (const Link link : links_.all) {
      if (link != no_link && !rows_.is_mine(target(link))) link_requests_.request(target(link));
    }
    remote_links_.width = links_.width;
    remote_links_.all =
        fetch<Link>(comm_, rows_, link_requests_.assign_slots(), links_.width, [&](Index local, Link* to) {
          const auto mine = links_.of(local);
          std::copy(mine.begin(), mine.end(), to);
        });
  }

  /// Candidates are determined twice, here to request their values and later to measure them, which is cheaper than
  /// storing them.
  void fetch_values(std::vector<SearchRows>& chunks) {
    for_each_row(chunks, [&](Index i, NearestLists& lists, Index in_chunk) {
      find_candidates(i, lists.best(in_chunk));
      for (const auto position : candidates_) {
        if (!rows_.is_mine(position)) value_requests_.request(position);
      }
    });
    remote_values_ = fetch<float>(comm_, rows_, value_requests_.assign_slots(), rows_.columns,
                                  [&](Index local, float* to) { std::copy_n(rows_.row(local), rows_.columns, to); });
  }

  void find_candidates(Index i, std::span<const Key> list) {
    candidates_.clear();
    seen_.clear();
    for (const Key key : list) seen_.insert(static_cast<std::int32_t>(index_of(key)));
    const auto chunk = chunk_of_[rows_.first() + i];
    if (marked_ != chunk) {  // marks of shared partners are overwritten by later chunks
      marked_ = chunk;
      already_searched_[chunk] = chunk;
      for (const auto partner : pairs_.of(chunk)) already_searched_[partner] = chunk;
    }
    const auto consider = [&](std::int32_t position) {
      if (already_searched_[chunk_of_[position]] == chunk) return;
      if (seen_.insert(position)) candidates_.push_back(position);
    };
    for (const Link first : links_.of(i)) {
      if (first == no_link) break;
      if (is_new(first)) consider(target(first));
      for (const Link second : links_of(target(first))) {
        if (second == no_link) break;
        if (is_new(first) || is_new(second)) consider(target(second));
      }
    }
  }

  const float* values_of(std::int32_t position) const {
    if (rows_.is_mine(position)) return rows_.row(position - rows_.first());
    return remote_values_.data() + value_requests_.slot_of(position) * rows_.columns;
  }

  void measure(Index i, NearestLists& lists, Index in_chunk) {
    constexpr std::size_t ahead = 8;
    const float* x = rows_.row(i);
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
      if (c + ahead < candidates_.size()) {
        const float* later = values_of(candidates_[c + ahead]);
        for (Index k = 0; k < std::min<Index>(rows_.columns, 128); k += 16) __builtin_prefetch(later + k);
      }
      const float distance = prepared_distance(metric_, x, values_of(candidates_[c]), rows_.columns);
      lists.offer(in_chunk, key_of(distance, candidates_[c]));
    }
  }

  const mpi::Communicator& comm_;
  Metric metric_;
  const ClusteredRows& rows_;
  const ChunkPairs& pairs_;
  const Links& links_;
  RemoteRows link_requests_, value_requests_;  // remote rows whose links are needed; whose values are needed
  Links remote_links_;
  std::vector<float> remote_values_;
  std::vector<std::int32_t> chunk_of_, already_searched_, candidates_;
  std::int32_t marked_ = -1;  // the chunk whose partners are marked in already_searched_
  SeenSet seen_;
};

}  // namespace

void refine(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows, const ChunkPairs& pairs,
            Index max_links, Index rounds, Index k, std::vector<SearchRows>& chunks) {
  Links links{2 * max_links, std::vector<Link>(static_cast<std::size_t>(2 * max_links * rows.local_rows()), no_link)};
  for (Index round = 0; round < rounds; ++round) {
    links = link_rows(comm, rows, max_links, chunks, links);
    Round(comm, metric, rows, pairs, links, k).run(chunks);
  }
}

}  // namespace replearn::neighbors
