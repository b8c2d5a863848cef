#include "methods/neighbors/approximate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/stopwatch.hpp"
#include "methods/neighbors/cluster_search.hpp"
#include "methods/neighbors/clustered_rows.hpp"
#include "methods/neighbors/clustering.hpp"
#include "methods/neighbors/fetch.hpp"
#include "methods/neighbors/refinement.hpp"
#include "mpi/collectives.hpp"

namespace replearn::neighbors {
namespace {

/// The lists of clustered rows, back at the ranks that hold the rows in x, with global rows for positions.
NeighborGraph bring_home(const mpi::Communicator& comm, const DistributedMatrix& x, const ClusteredRows& rows,
                         BestLists& lists) {
  const Index k = lists.k();
  std::vector<Index> strangers;
  std::vector<std::uint8_t> wanted(static_cast<std::size_t>(rows.rows()), 0);
  const auto is_mine = [&](Index position) {
    return position >= rows.first() && position < rows.first() + rows.local_rows();
  };
  for (Index i = 0; i < rows.local_rows(); ++i) {
    for (const Key key : lists.cut(i)) {
      const Index position = position_of(key);
      auto& mark = wanted[static_cast<std::size_t>(position)];
      if (mark || is_mine(position)) continue;
      mark = 1;
      strangers.push_back(position);
    }
  }
  std::sort(strangers.begin(), strangers.end());
  const auto names =
      fetch<Index>(comm, rows, strangers, 1, [&](Index local, Index* to) { *to = rows.ids[static_cast<std::size_t>(local)]; });
  const auto name_of = [&](Index position) {
    if (is_mine(position)) return rows.ids[static_cast<std::size_t>(position - rows.first())];
    return names[static_cast<std::size_t>(std::lower_bound(strangers.begin(), strangers.end(), position) -
                                          strangers.begin())];
  };

  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::vector<Index>> row_out(ranks), index_out(ranks);
  std::vector<std::vector<float>> distance_out(ranks);
  std::vector<std::pair<float, Index>> list;
  for (Index i = 0; i < rows.local_rows(); ++i) {
    list.clear();
    for (const Key key : lists.cut(i)) list.emplace_back(distance_of(key), name_of(position_of(key)));
    std::sort(list.begin(), list.end());
    const Index row = rows.ids[static_cast<std::size_t>(i)];
    const auto home = static_cast<std::size_t>(x.partition.owner(row));
    row_out[home].push_back(row);
    for (const auto& [distance, index] : list) {
      index_out[home].push_back(index);
      distance_out[home].push_back(distance);
    }
  }
  const auto row_in = mpi::all_to_all_v(comm, row_out), index_in = mpi::all_to_all_v(comm, index_out);
  const auto distance_in = mpi::all_to_all_v(comm, distance_out);

  NeighborGraph graph{x.partition, x.rank, {0}, {}, {}};
  const auto entries = static_cast<std::size_t>(x.local_rows() * k);
  graph.indices.resize(entries);
  graph.distances.resize(entries);
  for (Index i = 1; i <= x.local_rows(); ++i) graph.offsets.push_back(i * k);
  for (std::size_t r = 0; r < ranks; ++r) {
    for (std::size_t i = 0; i < row_in[r].size(); ++i) {
      const auto from = static_cast<Index>(i) * k, to = (row_in[r][i] - x.first_row()) * k;
      std::copy_n(index_in[r].begin() + from, k, graph.indices.begin() + to);
      std::copy_n(distance_in[r].begin() + from, k, graph.distances.begin() + to);
    }
  }
  return graph;
}

}  // namespace

Index default_candidates(Index k) {
  return std::max<Index>(2000, 40 * k);
}

NeighborGraph approximate_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                                    const Log& log) {
  options.validate(x.rows());
  const Index n = x.rows(), k = options.neighbors;
  const Index candidates = options.candidates > 0 ? options.candidates : default_candidates(k);
  Stopwatch watch;
  const auto tell = [&](const char* what) { log.line(format("  %s %s", what, duration_text(watch.seconds()).c_str())); };
  DistributedMatrix prepared;
  prepared.partition = x.partition;
  prepared.rank = x.rank;
  prepared.local = prepare_rows(options.metric, x.local.data(), x.local_rows(), x.columns());

  const double CF = getenv("CF") ? atof(getenv("CF")) : 4;
  const auto clusters = std::clamp<Index>(static_cast<Index>(CF * std::sqrt(static_cast<double>(n))), 1, n);
  auto centers = cluster_centers(comm, prepared, clusters, options.seed);
  tell("centers");
  const Index near_count = std::min(centers.rows(), ceil_div(2 * candidates * centers.rows(), n) + 2);
  auto nearest = nearest_centers(prepared, centers, near_count);
  tell("nearest");
  const auto rows = move_to_clusters(comm, prepared, centers, nearest, near_count);
  tell("move");
  const auto visits = plan_visits(rows, candidates, k);
  tell("visits");
  auto lists = search_clusters(comm, options.metric, rows, visits, k);
  tell("search");
  const Index L = getenv("LINKS") ? atol(getenv("LINKS")) : std::min<Index>(k, 32);
  refine(comm, options.metric, rows, visits, L, options.refinements, lists);
  tell("refine");
  auto graph = bring_home(comm, x, rows, lists);
  tell("home");
  return graph;
}

}  // namespace replearn::neighbors
