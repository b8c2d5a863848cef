#include "methods/neighbors/neighbors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "base/stopwatch.hpp"
#include "methods/neighbors/rescaled_distances.hpp"
#include "methods/neighbors/row_order.hpp"
#include "methods/neighbors/tile_pair_search.hpp"
#include "mpi/collectives.hpp"
#include "mpi/ring.hpp"
#include "numerics/require_finite.hpp"
#include "numerics/scale_units.hpp"

namespace replearn::neighbors {
namespace {

/// Data sent with the rows to other ranks.
struct QueryBounds {
  std::uint32_t id;
  float radius;  ///< distance of the k-th neighbor found so far
};
std::vector<QueryBounds> query_bounds(const SearchRows& rows) {
  std::vector<QueryBounds> all;
  for (Index i = 0; i < rows.count(); ++i) {
    all.push_back({static_cast<std::uint32_t>(rows.ids[i]), rows.lists.radius(i)});
  }
  return all;
}
SearchRows remote_rows_of(const std::vector<QueryBounds>& bounds, const float* rows, Metric metric,
                          const SearchFrame& frame, Index columns, Index k) {
  const auto count = static_cast<Index>(bounds.size());
  SearchRows remote_block{rows, {}, {}, NearestLists(k, count)};
  for (Index i = 0; i < count; ++i) {
    remote_block.ids.push_back(bounds[i].id);
    remote_block.lists.set_radius(i, bounds[i].radius);
  }
  build_panels(remote_block, metric, frame, columns);
  return remote_block;
}

/// The concatenated keys of all lists, and their number per row.
struct Candidates {
  std::vector<std::uint32_t> counts;
  std::vector<Key> keys;
};
Candidates candidates_of(SearchRows& rows) {
  Candidates found;
  for (Index i = 0; i < rows.count(); ++i) {
    const auto best = rows.lists.best(i);
    found.counts.push_back(static_cast<std::uint32_t>(best.size()));
    found.keys.insert(found.keys.end(), best.begin(), best.end());
  }
  return found;
}
void merge_candidates(SearchRows& rows, const Candidates& found) {
  auto key = found.keys.begin();
  for (Index i = 0; i < rows.count(); ++i) {
    for (std::uint32_t c = 0; c < found.counts[i]; ++c) rows.lists.offer(i, *key++);
  }
}

NeighborGraph graph_of(const DistributedMatrix& x, SearchRows& rows) {
  std::vector<Index> place(rows.count());
  for (Index i = 0; i < rows.count(); ++i) {
    place[rows.ids[i] - x.first_row()] = i;
  }
  NeighborGraph graph{x.partition, x.rank, {0}, {}, {}};
  for (const Index i : place) {
    for (const Key key : rows.lists.sorted(i)) {
      graph.indices.push_back(index_of(key));
      graph.distances.push_back(distance_of(key));
    }
    graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
  }
  return graph;
}

}  // namespace

void Options::validate(Index n) const {
  if (n > max_rows) {
    throw InputError("", "the data", "have " + std::to_string(n) + " rows, more than the supported 2^32",
                     "use a sample");
  }
  if (neighbors < 1) {
    throw InputError("", "--neighbors", "is " + std::to_string(neighbors), "choose 1 or more");
  }
  if (n < 2) throw InputError("", "the data", "has fewer than 2 rows", "neighbors need at least 2 rows");
  if (neighbors >= n) {
    throw InputError("", "--neighbors",
                     "is " + std::to_string(neighbors) + ", but each row has only " + std::to_string(n - 1) + " others",
                     "choose at most " + std::to_string(n - 1));
  }
  metric.validate();
  if (!(recall > 0 && recall < 1)) {
    throw InputError("", "--recall", "is " + std::to_string(recall), "choose above 0 and below 1, or --method exact");
  }
  if (refinements < 0) {
    throw InputError("", "--refinements", "is " + std::to_string(refinements), "choose 0 or more");
  }
  if (method == Method::approximate && !metric.has_product()) {
    throw InputError("", "--method", "approximate does not support the metric " + metric_text(metric),
                     "choose exact, or one of the metrics euclidean, cosine, correlation");
  }
}

NeighborGraph nearest_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                                const Log& log) {
  options.validate(x.rows());
  require_finite(comm, x);
  const ScaleUnits units = scale_units(comm, x, options.metric);
  if (units.data != 1) {
    DistributedMatrix copy;
    return rescaled_distances(nearest_neighbors(comm, in_units(x, units.data, copy), options, log), units.length);
  }
  Stopwatch watch;

  const Index columns = prepared_columns(options.metric, x.columns());
  SearchRows mine;
  RowMatrix rows(x.local_rows(), columns);
  {
    const RowMatrix prepared = prepare_rows(options.metric, x.local.data(), x.local_rows(), x.columns());
    const auto order = row_order(prepared, PackedRows::panel);
    for (Index i = 0; i < rows.rows(); ++i) {
      rows.row(i) = prepared.row(order[i]);
      mine.ids.push_back(x.first_row() + order[i]);
    }
  }
  const SearchFrame frame = search_frame(comm, rows);
  mine.rows = rows.data();
  build_panels(mine, options.metric, frame, columns);
  mine.lists = NearestLists(options.neighbors, rows.rows());
  TilePairSearch search(options.metric, frame, columns);

  const int ranks = comm.size();
  mpi::Ring<float> ring(comm, std::span<const float>(rows.data(), static_cast<std::size_t>(rows.size())),
                        ranks / 2 + 1);
  // Near tiles first: they reduce the search radii, so that few pairs of the other tiles are measured.
  const Index tiles = mine.tiles();
  for (Index apart = 0; apart < tiles; ++apart) {
    for (Index tile = 0; tile + apart < tiles; ++tile) {
      search.search_pairs(mine, tile, mine, tile + apart);
      ring.poll();
    }
  }
  for (int step = 1; ring.advance(); ++step) {
    SearchRows remote_block = remote_rows_of(mpi::shift(comm, query_bounds(mine), step), ring.block().data(),
                                             options.metric, frame, columns, options.neighbors);
    search.set_radii_from_lists(remote_block);
    // Ranks halfway around the ring hold each other's rows: each processes every other tile of the lower rank.
    const bool shared = 2 * step == ranks, lower = comm.rank() < ring.owner();
    for (Index tile = 0; tile < tiles; ++tile) {
      for (Index other = 0; other < remote_block.tiles(); ++other) {
        if (shared && (lower ? tile % 2 == 1 : other % 2 == 0)) continue;
        search.search_pairs(mine, tile, remote_block, other);
        ring.poll();
      }
    }
    const Candidates found = candidates_of(remote_block);
    merge_candidates(mine, {mpi::shift(comm, found.counts, -step), mpi::shift(comm, found.keys, -step)});
    search.set_radii_from_lists(mine);
  }

  const auto pairs = static_cast<double>(x.rows()) * static_cast<double>(x.rows() - 1) / 2;
  const auto computed = mpi::all_reduce(comm, static_cast<double>(search.distances_computed()), mpi::Reduction::sum);
  log.line(fmt::format("neighbors: {} nearest of {} rows in {} ({}; {:.2g} % of pairs measured)", options.neighbors,
                       x.rows(), duration_text(watch.seconds()), metric_text(options.metric), 100 * computed / pairs));
  return graph_of(x, mine);
}

}  // namespace replearn::neighbors
