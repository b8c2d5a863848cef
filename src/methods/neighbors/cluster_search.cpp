#include "methods/neighbors/cluster_search.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "mpi/ring.hpp"

namespace replearn::neighbors {
namespace {

/// One chunk as it came round the ring.
struct Chunk {
  Index begin;  ///< position of its first row
  Index rows;
  const float* values;
  const float* norms;
};

/// Which of my rows visit each chunk, their own chunk left out: of chunk t, [offsets[t], offsets[t + 1]).
struct Visitors {
  std::vector<Index> offsets;
  std::vector<std::int32_t> rows;
};

Visitors visitors_of(const ClusteredRows& rows, const Visits& visits) {
  Visitors by_chunk;
  by_chunk.offsets.assign(static_cast<std::size_t>(rows.chunks()) + 1, 0);
  for (Index i = 0; i < rows.local_rows(); ++i) {
    for (const auto chunk : visits.of(i).subspan(1)) ++by_chunk.offsets[static_cast<std::size_t>(chunk) + 1];
  }
  std::partial_sum(by_chunk.offsets.begin(), by_chunk.offsets.end(), by_chunk.offsets.begin());
  by_chunk.rows.resize(static_cast<std::size_t>(by_chunk.offsets.back()));
  auto next = by_chunk.offsets;
  for (Index i = 0; i < rows.local_rows(); ++i) {
    for (const auto chunk : visits.of(i).subspan(1)) {
      by_chunk.rows[static_cast<std::size_t>(next[static_cast<std::size_t>(chunk)]++)] = static_cast<std::int32_t>(i);
    }
  }
  return by_chunk;
}

class Search {
 public:
  Search(Metric metric, const ClusteredRows& rows, Index k)
      : metric_(metric),
        rows_(rows),
        lists_(k, rows.local_rows()),
        limits_(static_cast<std::size_t>(rows.local_rows()), std::numeric_limits<float>::infinity()) {}

  /// visitors: my rows, by local number.
  void meet(std::span<const std::int32_t> visitors, const Chunk& chunk) {
    constexpr Index tile = 128;
    const Index columns = rows_.columns;
    for (Index start = 0; start < static_cast<Index>(visitors.size()); start += tile) {
      const auto part = visitors.subspan(static_cast<std::size_t>(start),
                                         std::min<std::size_t>(tile, visitors.size() - static_cast<std::size_t>(start)));
      values_.resize(part.size() * static_cast<std::size_t>(columns));
      norms_.resize(part.size());
      bounds_.resize(part.size() * static_cast<std::size_t>(chunk.rows));
      for (std::size_t i = 0; i < part.size(); ++i) {
        std::copy_n(rows_.row(part[i]), columns, values_.data() + static_cast<Index>(i) * columns);
        norms_[i] = rows_.norms[static_cast<std::size_t>(part[i])];
      }
      product_lower_bounds(values_.data(), norms_.data(), static_cast<Index>(part.size()), chunk.values, chunk.norms,
                           chunk.rows, columns, bounds_.data());
      for (std::size_t i = 0; i < part.size(); ++i) {
        offer_chunk(part[i], bounds_.data() + static_cast<Index>(i) * chunk.rows, chunk);
      }
    }
  }

  BestLists take() { return std::move(lists_); }

 private:
  void offer_chunk(Index i, const float* bounds, const Chunk& chunk) {
    constexpr Index stretch = 32;  // bounds looked at together: most stretches hold no candidate
    float limit = limits_[static_cast<std::size_t>(i)];
    const float* x = rows_.row(i);
    const Index self = rows_.first() + i - chunk.begin;
    for (Index start = 0; start < chunk.rows; start += stretch) {
      const Index stop = std::min(chunk.rows, start + stretch);
      int any = 0;
#pragma omp simd reduction(| : any)
      for (Index j = start; j < stop; ++j) any |= bounds[j] > limit ? 0 : 1;  // NaN is not bounded away
      if (!any) continue;
      for (Index j = start; j < stop; ++j) {
        if (bounds[j] > limit || j == self) continue;
        const float distance = prepared_distance(metric_, x, chunk.values + j * rows_.columns, rows_.columns);
        if (lists_.offer(i, make_key(distance, static_cast<std::int32_t>(chunk.begin + j)))) {
          limit = squared_distance_within(metric_, distance_of(lists_.worst(i)));
        }
      }
    }
    limits_[static_cast<std::size_t>(i)] = limit;
  }

  Metric metric_;
  const ClusteredRows& rows_;
  BestLists lists_;
  std::vector<float> limits_;  // squared distance of the worst: farther rows need no measuring
  std::vector<float> values_, norms_, bounds_;
};

}  // namespace

BestLists search_clusters(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows, const Visits& visits,
                          Index k) {
  Search search(metric, rows, k);
  const Visitors visitors = visitors_of(rows, visits);
  const auto my_values = std::span<const float>(rows.values.data(), static_cast<std::size_t>(rows.values.size()));
  mpi::Ring<float> ring(comm, my_values);
  std::vector<std::int32_t> whole(ClusteredRows::largest_chunk);
  do {
    const auto owner = static_cast<std::size_t>(ring.owner());
    const Index first = rows.rank_begin[owner], end = rows.rank_begin[owner + 1];
    const auto norms = squared_norms(ring.block().data(), end - first, rows.columns);
    const auto chunk_at = [&](std::size_t t) {
      const Index begin = rows.chunk_begin[t] - first;
      return Chunk{rows.chunk_begin[t], rows.chunk_begin[t + 1] - rows.chunk_begin[t],
                   ring.block().data() + begin * rows.columns, norms.data() + begin};
    };
    const auto begin_chunk = static_cast<std::size_t>(
        std::lower_bound(rows.chunk_begin.begin(), rows.chunk_begin.end(), first) - rows.chunk_begin.begin());
    if (ring.owner() == rows.rank) {  // the nearest first: few of those that come later need measuring
      for (std::size_t t = begin_chunk; rows.chunk_begin[t] < end; ++t) {
        const Chunk chunk = chunk_at(t);
        const auto mine = std::span(whole).first(static_cast<std::size_t>(chunk.rows));
        std::iota(mine.begin(), mine.end(), static_cast<std::int32_t>(chunk.begin - first));
        search.meet(mine, chunk);
      }
    }
    for (std::size_t t = begin_chunk; rows.chunk_begin[t] < end; ++t) {
      const auto at = static_cast<std::size_t>(visitors.offsets[t]);
      search.meet(std::span(visitors.rows).subspan(at, static_cast<std::size_t>(visitors.offsets[t + 1]) - at),
                  chunk_at(t));
      ring.poll();
    }
  } while (ring.advance());
  return search.take();
}

}  // namespace replearn::neighbors
