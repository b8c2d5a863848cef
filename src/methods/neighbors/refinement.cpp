#include "methods/neighbors/refinement.hpp"

#include <algorithm>
#include <limits>

#include "methods/neighbors/fetch.hpp"
#include "mpi/collectives.hpp"

namespace replearn::neighbors {
namespace {

/// One link of a row: the other row's position, and whether it was not there in the round before.
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

/// `width` links a row by ascending target, the rest of them no_link.
struct Links {
  Index width = 0;
  std::vector<Link> all;
  std::span<const Link> of(Index i) const {
    return std::span(all).subspan(static_cast<std::size_t>(i * width), static_cast<std::size_t>(width));
  }
};

struct Edge {
  std::int32_t to, from;
  float distance;
};

/// Each row's nearest `most` and the nearest `most` of those that it is among the nearest of. Collective.
Links link_rows(const mpi::Communicator& comm, const ClusteredRows& rows, Index most, BestLists& lists,
                const Links& before) {
  std::vector<std::vector<Edge>> outgoing(static_cast<std::size_t>(comm.size()));
  for (Index i = 0; i < rows.local_rows(); ++i) {
    const auto kept = lists.sorted(i);
    for (const Key key : kept.first(std::min(kept.size(), static_cast<std::size_t>(most)))) {
      outgoing[static_cast<std::size_t>(rows.owner(position_of(key)))].push_back(
          {position_of(key), static_cast<std::int32_t>(rows.first() + i), distance_of(key)});
    }
  }
  BestLists inward(most, rows.local_rows());
  for (const auto& edges : mpi::all_to_all_v(comm, outgoing)) {
    for (const Edge& edge : edges) inward.offer(edge.to - rows.first(), make_key(edge.distance, edge.from));
  }
  outgoing.clear();

  Links links{2 * most, std::vector<Link>(static_cast<std::size_t>(2 * most * rows.local_rows()), no_link)};
  std::vector<std::int32_t> targets;
  for (Index i = 0; i < rows.local_rows(); ++i) {
    targets.clear();
    const auto kept = lists.sorted(i);
    for (const Key key : kept.first(std::min(kept.size(), static_cast<std::size_t>(most)))) {
      targets.push_back(position_of(key));
    }
    for (const Key key : inward.cut(i)) targets.push_back(position_of(key));
    std::sort(targets.begin(), targets.end());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    Link* out = links.all.data() + i * links.width;
    const auto old = before.of(i);
    auto at = old.begin();
    for (const auto position : targets) {
      while (at != old.end() && *at != no_link && target(*at) < position) ++at;
      const bool was_there = at != old.end() && *at != no_link && target(*at) == position;
      *out++ = link_to(position, !was_there);
    }
  }
  return links;
}

/// Rows of other ranks, by position: an O(1) look-up at 4 bytes for every row of all ranks.
class Guests {
 public:
  Guests(const ClusteredRows& rows, bool alone) : slots_(alone ? 0 : static_cast<std::size_t>(rows.rows()), -1) {}
  void want(std::int32_t position) {
    auto& slot = slots_[static_cast<std::size_t>(position)];
    if (slot == -1) {
      slot = 0;
      positions_.push_back(position);
    }
  }
  /// Gives those wanted their numbers, in the order of positions, which it returns.
  std::span<const Index> number() {
    std::sort(positions_.begin(), positions_.end());
    for (std::size_t s = 0; s < positions_.size(); ++s) {
      slots_[static_cast<std::size_t>(positions_[s])] = static_cast<std::int32_t>(s);
    }
    return positions_;
  }
  Index number_of(std::int32_t position) const { return slots_[static_cast<std::size_t>(position)]; }

 private:
  std::vector<std::int32_t> slots_;
  std::vector<Index> positions_;
};

/// Which numbers have been seen since clear(): a small table with linear probing that stays in the first cache.
class SeenSet {
 public:
  explicit SeenSet(Index most)
      : mask_(std::bit_ceil(static_cast<std::size_t>(2 * most + 2)) - 1), table_(mask_ + 1, empty) {}
  void clear() {
    for (const auto at : used_) table_[at] = empty;
    used_.clear();
  }
  /// False if it was there.
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
  Round(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows, const Visits& visits,
        const Links& links, BestLists& lists)
      : comm_(comm),
        metric_(metric),
        rows_(rows),
        visits_(visits),
        links_(links),
        lists_(lists),
        linked_(rows, comm.size() == 1),
        measured_(rows, comm.size() == 1),
        met_(static_cast<std::size_t>(rows.chunks()), -1),
        seen_(links.width * links.width + links.width + lists.k() + 1) {
    chunk_of_.resize(static_cast<std::size_t>(rows.rows()));
    for (std::size_t t = 0; t + 1 < rows.chunk_begin.size(); ++t) {
      std::fill(chunk_of_.begin() + rows.chunk_begin[t], chunk_of_.begin() + rows.chunk_begin[t + 1],
                static_cast<std::int32_t>(t));
    }
  }

  void run() {
    if (comm_.size() > 1) {
      fetch_links();
      fetch_values();
    }
    for (Index i = 0; i < rows_.local_rows(); ++i) {
      find_candidates(i);
      measure(i);
    }
  }

 private:
  bool is_mine(std::int32_t position) const {
    return position >= rows_.first() && position < rows_.first() + rows_.local_rows();
  }
  std::span<const Link> links_of(std::int32_t position) const {
    return is_mine(position) ? links_.of(position - rows_.first()) : guest_links_.of(linked_.number_of(position));
  }

  void fetch_links() {
    for (const Link link : links_.all) {
      if (link != no_link && !is_mine(target(link))) linked_.want(target(link));
    }
    guest_links_.width = links_.width;
    guest_links_.all = fetch<Link>(comm_, rows_, linked_.number(), links_.width, [&](Index local, Link* to) {
      const auto mine = links_.of(local);
      std::copy(mine.begin(), mine.end(), to);
    });
  }

  /// Looks for candidates twice, here to know what to ask for, later to measure: cheaper than keeping them.
  void fetch_values() {
    for (Index i = 0; i < rows_.local_rows(); ++i) {
      find_candidates(i);
      for (const auto position : candidates_) {
        if (!is_mine(position)) measured_.want(position);
      }
    }
    guest_values_ = fetch<float>(comm_, rows_, measured_.number(), rows_.columns, [&](Index local, float* to) {
      std::copy_n(rows_.row(local), rows_.columns, to);
    });
  }

  void find_candidates(Index i) {
    candidates_.clear();
    seen_.clear();
    const auto self = static_cast<std::int32_t>(rows_.first() + i);
    seen_.insert(self);
    for (const Key key : lists_.cut(i)) seen_.insert(position_of(key));
    for (const auto chunk : visits_.of(i)) met_[static_cast<std::size_t>(chunk)] = self;
    const auto consider = [&](std::int32_t position) {
      if (met_[static_cast<std::size_t>(chunk_of_[static_cast<std::size_t>(position)])] == self) return;
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
    if (is_mine(position)) return rows_.row(position - rows_.first());
    return guest_values_.data() + measured_.number_of(position) * rows_.columns;
  }

  void measure(Index i) {
    constexpr std::size_t ahead = 8;
    const float* x = rows_.row(i);
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
      if (c + ahead < candidates_.size()) {
        const float* later = values_of(candidates_[c + ahead]);
        for (Index k = 0; k < std::min<Index>(rows_.columns, 128); k += 16) __builtin_prefetch(later + k);
      }
      const float distance = prepared_distance(metric_, x, values_of(candidates_[c]), rows_.columns);
      const Key key = make_key(distance, candidates_[c]);
      if (key < lists_.worst(i)) lists_.offer(i, key);
    }
  }

  const mpi::Communicator& comm_;
  Metric metric_;
  const ClusteredRows& rows_;
  const Visits& visits_;
  const Links& links_;
  BestLists& lists_;
  Guests linked_, measured_;  // rows of others whose links are looked at; whose values are
  Links guest_links_;
  std::vector<float> guest_values_;
  std::vector<std::int32_t> chunk_of_, met_, candidates_;
  SeenSet seen_;
};

}  // namespace

void refine(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows, const Visits& visits, Index most,
            Index rounds, BestLists& lists) {
  Links links{2 * most, std::vector<Link>(static_cast<std::size_t>(2 * most * rows.local_rows()), no_link)};
  for (Index round = 0; round < rounds; ++round) {
    links = link_rows(comm, rows, most, lists, links);
    Round(comm, metric, rows, visits, links, lists).run();
  }
}

}  // namespace replearn::neighbors
