#include "methods/neighbors/approximate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/stopwatch.hpp"
#include "methods/neighbors/cluster_search.hpp"
#include "methods/neighbors/clustered_rows.hpp"
#include "methods/neighbors/clustering.hpp"
#include "methods/neighbors/fetch.hpp"
#include "methods/neighbors/recall.hpp"
#include "methods/neighbors/refinement.hpp"
#include "methods/neighbors/rescaled_distances.hpp"
#include "mpi/collectives.hpp"
#include "numerics/require_finite.hpp"
#include "numerics/scale_units.hpp"

namespace replearn::neighbors {
namespace {

/// Returns the lists of clustered rows to the ranks that own the rows of x, with positions replaced by global rows.
NeighborGraph gather_results(const mpi::Communicator& comm, const DistributedMatrix& x, const ClusteredRows& rows,
                             std::vector<SearchRows>& chunks, Index k) {
  std::vector<Index> remote_rows;
  std::vector<std::uint8_t> wanted(rows.rows(), 0);
  for (auto& chunk : chunks) {
    for (Index i = 0; i < chunk.count(); ++i) {
      for (const Key key : chunk.lists.sorted(i)) {
        auto& mark = wanted[index_of(key)];
        if (mark || rows.is_mine(index_of(key))) continue;
        mark = 1;
        remote_rows.push_back(index_of(key));
      }
    }
  }
  std::sort(remote_rows.begin(), remote_rows.end());
  const auto names = fetch<Index>(comm, rows, remote_rows, 1, [&](Index local, Index* to) { *to = rows.ids[local]; });
  const auto name_of = [&](Index position) {
    if (rows.is_mine(position)) return rows.ids[position - rows.first()];
    return names[std::lower_bound(remote_rows.begin(), remote_rows.end(), position) - remote_rows.begin()];
  };

  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::vector<Index>> row_out(ranks), index_out(ranks);
  std::vector<std::vector<float>> distance_out(ranks);
  std::vector<std::pair<float, Index>> list;
  for (auto& chunk : chunks) {
    for (Index i = 0; i < chunk.count(); ++i) {
      list.clear();
      for (const Key key : chunk.lists.sorted(i)) list.emplace_back(distance_of(key), name_of(index_of(key)));
      std::sort(list.begin(), list.end());
      const Index row = name_of(chunk.ids[i]);
      const auto home = static_cast<std::size_t>(x.partition.owner(row));
      row_out[home].push_back(row);
      for (const auto& [distance, index] : list) {
        index_out[home].push_back(index);
        distance_out[home].push_back(distance);
      }
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

constexpr Index sample_rows = 1000;

/// Pairs of clusters: that of each sampled row with that of each of its exact neighbors. Collective.
std::vector<ClusterPair> wanted_pairs(const mpi::Communicator& comm, const DistributedMatrix& x,
                                      const ExactSample& sample, const Clustering& clustering) {
  std::vector<std::int32_t> clusters;  // of each sampled row, then of its neighbors; 0 for rows of other ranks
  const auto add_cluster = [&](Index row) {
    const Index local = row - x.first_row();
    const bool mine = local >= 0 && local < x.local_rows();
    clusters.push_back(mine ? clustering.cluster[local] : 0);
  };
  for (std::size_t s = 0; s < sample.rows.size(); ++s) {
    add_cluster(sample.rows[s]);
    const auto begin = s * static_cast<std::size_t>(sample.k);
    for (std::size_t j = 0; j < static_cast<std::size_t>(sample.k); ++j) add_cluster(index_of(sample.keys[begin + j]));
  }
  mpi::all_reduce(comm, std::span<std::int32_t>(clusters), mpi::Reduction::sum);
  std::vector<ClusterPair> wanted;
  for (std::size_t i = 0; i < clusters.size(); i += static_cast<std::size_t>(sample.k) + 1) {
    for (std::size_t j = 1; j <= static_cast<std::size_t>(sample.k); ++j) {
      wanted.emplace_back(std::min(clusters[i], clusters[i + j]), std::max(clusters[i], clusters[i + j]));
    }
  }
  return wanted;
}

/// Coverage required for a given recall: the first refinement finds about 4 in 10 of the missing neighbors, later ones
/// slightly more.
double min_coverage(double recall, Index refinements) {
  return 1 - (1 - recall) * (refinements == 0 ? 1.0 : refinements == 1 ? 1.5 : 1.8);
}

}  // namespace

bool approximate_is_cheaper(Index n, Index k) {
  const auto rows = static_cast<double>(n), list = static_cast<double>(k);
  // In units of d flops per row: cluster assignment, k-means and votes, the exact sample, about 8,000 candidates,
  // refinement. The exact search achieves four times as many per second: it skips distant tiles and needs no lookups.
  return rows > 4 * (4 * std::sqrt(rows) + 2000 + 2000 + 8000 + 12 * list * std::min(list, 32.0));
}

Results find_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                       const Log& log) {
  options.validate(x.rows());
  const bool approximate =
      options.method == Method::approximate || (options.method == Method::automatic && options.metric.has_product() &&
                                                approximate_is_cheaper(x.rows(), options.neighbors));
  if (approximate) return approximate_neighbors(comm, x, options, log);
  return {nearest_neighbors(comm, x, options, log), Method::exact, 1};
}

Results approximate_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                              const Log& log) {
  options.validate(x.rows());
  require_finite(comm, x);
  const ScaleUnits units = scale_units(comm, x, options.metric);
  if (units.data != 1) {
    DistributedMatrix copy;
    auto results = approximate_neighbors(comm, in_units(x, units.data, copy), options, log);
    results.graph = rescaled_distances(std::move(results.graph), units.length);
    return results;
  }
  Stopwatch watch;
  const Index n = x.rows(), k = options.neighbors;
  DistributedMatrix prepared;
  prepared.partition = x.partition;
  prepared.rank = x.rank;
  prepared.local = prepare_rows(options.metric, x.local.data(), x.local_rows(), x.columns());

  const auto sample = exact_sample(comm, options.metric, prepared, k, sample_rows, options.seed);
  const auto max_clusters = std::clamp<Index>(static_cast<Index>(2 * std::sqrt(static_cast<double>(n))), 1, n);
  const auto clustering = cluster_rows(comm, prepared, max_clusters, options.seed);
  const auto cluster_pairs = select_cluster_pairs(comm, prepared, clustering, wanted_pairs(comm, x, sample, clustering),
                                                  min_coverage(options.recall, options.refinements), k);
  log.line(
      fmt::format("neighbors: {} rows in {} clusters; for a recall of {:g} each row has {:.0f} candidates ({} so far)",
                  n, clustering.clusters(), options.recall, cluster_pairs.candidates, duration_text(watch.seconds())));
  if (options.method == Method::automatic && 3 * cluster_pairs.candidates > static_cast<double>(n)) {
    log.line("neighbors: with this many candidates the exact search is as fast");
    return {nearest_neighbors(comm, x, options, log), Method::exact, 1};
  }

  const auto rows = move_to_clusters(comm, prepared, clustering);
  prepared.local.resize(0, 0);
  const auto max_within = std::max<Index>(static_cast<Index>(cluster_pairs.candidates), 4 * (k + 1));
  const auto pairs = select_chunk_pairs(rows, cluster_pairs.pairs, max_within);
  auto chunks = search_clusters(comm, options.metric, rows, pairs, k);
  const double searched = watch.seconds();
  refine(comm, options.metric, rows, pairs, std::min<Index>(k, 32), options.refinements, k, chunks);
  const double refined = watch.seconds();
  Results results{gather_results(comm, x, rows, chunks, k), Method::approximate, 1};
  results.recall_estimate = recall_estimate(comm, sample, results.graph);
  log.line(fmt::format(
      "neighbors: approximately the {} nearest of {} rows in {}, refinement {} of it ({}); estimated recall {:.4f}", k,
      n, duration_text(watch.seconds()), duration_text(refined - searched).c_str(), metric_text(options.metric),
      results.recall_estimate));
  return results;
}

}  // namespace replearn::neighbors
