#include "methods/neighbors/clustered_rows.hpp"

#include <algorithm>
#include <numeric>

#include "methods/neighbors/clustering.hpp"
#include "mpi/collectives.hpp"
#include "numerics/blocked_distances.hpp"

namespace replearn::neighbors {
namespace {

/// Every cluster, nearest to the row first.
std::vector<std::int32_t> all_clusters(const ClusteredRows& rows, Index i) {
  std::vector<std::pair<float, std::int32_t>> order;
  for (Index c = 0; c < rows.clusters(); ++c) {
    const float distance = prepared_distance(Metric::sqeuclidean, rows.row(i),
                                             rows.centers.data() + c * rows.columns, rows.columns);
    order.emplace_back(distance, static_cast<std::int32_t>(c));
  }
  std::sort(order.begin(), order.end());
  std::vector<std::int32_t> clusters;
  for (const auto& [distance, c] : order) clusters.push_back(c);
  return clusters;
}

/// Appends chunks of `cluster`, from `start` on and round, until `met` reaches `enough`.
void meet_cluster(const ClusteredRows& rows, std::int32_t cluster, std::int32_t start, Index enough, Index& met,
                  std::vector<std::int32_t>& chunks) {
  const std::int32_t first = rows.cluster_chunks[static_cast<std::size_t>(cluster)];
  const std::int32_t count = rows.cluster_chunks[static_cast<std::size_t>(cluster) + 1] - first;
  for (std::int32_t step = 0; step < count && met < enough; ++step) {
    const std::int32_t chunk = first + (start + step) % count;
    const auto at = static_cast<std::size_t>(chunk);
    chunks.push_back(chunk);
    met += rows.chunk_begin[at + 1] - rows.chunk_begin[at];
  }
}

}  // namespace

int ClusteredRows::owner(Index position) const {
  return static_cast<int>(std::upper_bound(rank_begin.begin() + 1, rank_begin.end() - 1, position) -
                          (rank_begin.begin() + 1));
}

ClusteredRows move_to_clusters(const mpi::Communicator& comm, const DistributedMatrix& prepared,
                               const RowMatrix& centers, const std::vector<std::int32_t>& nearest, Index near_count) {
  const Index n = prepared.rows(), columns = prepared.columns(), clusters = centers.rows(), w = near_count;
  std::vector<Index> sizes(static_cast<std::size_t>(clusters), 0);
  for (Index i = 0; i < prepared.local_rows(); ++i) ++sizes[static_cast<std::size_t>(nearest[static_cast<std::size_t>(i * w)])];
  mpi::all_reduce(comm, std::span<Index>(sizes), mpi::Reduction::sum);

  ClusteredRows moved;
  moved.columns = columns;
  moved.rank = comm.rank();
  moved.near_count = w;
  moved.centers.resize(clusters, columns);
  moved.chunk_begin = {0};
  moved.cluster_chunks = {0};
  const auto order = order_in_space(centers, sizes);
  std::vector<std::int32_t> place(order.size());
  std::vector<Index> cluster_begin;
  for (std::size_t at = 0; at < order.size(); ++at) {
    const auto old = static_cast<std::size_t>(order[at]);
    place[old] = static_cast<std::int32_t>(at);
    moved.centers.row(static_cast<Index>(at)) = centers.row(order[at]);
    const Index begin = moved.chunk_begin.back(), pieces = ceil_div(sizes[old], ClusteredRows::largest_chunk);
    cluster_begin.push_back(begin);
    for (Index piece = 1; piece <= pieces; ++piece) moved.chunk_begin.push_back(begin + sizes[old] * piece / pieces);
    moved.cluster_chunks.push_back(static_cast<std::int32_t>(moved.chunk_begin.size()) - 1);
  }
  for (int r = 0; r < comm.size(); ++r) {
    moved.rank_begin.push_back(
        *std::lower_bound(moved.chunk_begin.begin(), moved.chunk_begin.end(), n * r / comm.size()));
  }
  moved.rank_begin.push_back(n);

  // Rows of one cluster may go to several ranks, chunk by chunk: where a row stands in its cluster tells.
  std::vector<Index> mine_in_cluster(static_cast<std::size_t>(clusters), 0);
  std::vector<Index> next = cluster_begin;
  for (Index i = 0; i < prepared.local_rows(); ++i) ++mine_in_cluster[static_cast<std::size_t>(place[static_cast<std::size_t>(nearest[static_cast<std::size_t>(i * w)])])];
  mpi::exclusive_sum(comm, std::span<Index>(mine_in_cluster));
  for (std::size_t c = 0; c < next.size(); ++c) next[c] += mine_in_cluster[c];

  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::vector<float>> values(ranks);
  std::vector<std::vector<Index>> places(ranks), ids(ranks);
  std::vector<std::vector<std::int32_t>> near(ranks);
  for (Index i = 0; i < prepared.local_rows(); ++i) {
    const auto* clusters_of_row = nearest.data() + i * w;
    const Index position = next[static_cast<std::size_t>(place[static_cast<std::size_t>(clusters_of_row[0])])]++;
    const auto to = static_cast<std::size_t>(moved.owner(position));
    const float* row = prepared.local.data() + i * columns;
    values[to].insert(values[to].end(), row, row + columns);
    places[to].push_back(position);
    ids[to].push_back(prepared.first_row() + i);
    for (Index j = 0; j < w; ++j) near[to].push_back(place[static_cast<std::size_t>(clusters_of_row[j])]);
  }
  const Index first = moved.first();
  const Index count = moved.rank_begin[static_cast<std::size_t>(comm.rank()) + 1] - first;
  moved.values.resize(count, columns);
  moved.ids.resize(static_cast<std::size_t>(count));
  moved.near.resize(static_cast<std::size_t>(count * w));
  const auto places_in = mpi::all_to_all_v(comm, places);
  const auto settle = [&](auto& outgoing, auto* to, Index width) {
    const auto incoming = mpi::all_to_all_v(comm, outgoing);
    outgoing.clear();
    for (std::size_t r = 0; r < ranks; ++r) {
      for (std::size_t i = 0; i < places_in[r].size(); ++i) {
        std::copy_n(incoming[r].data() + static_cast<Index>(i) * width, width, to + (places_in[r][i] - first) * width);
      }
    }
  };
  settle(values, moved.values.data(), columns);
  settle(ids, moved.ids.data(), 1);
  settle(near, moved.near.data(), w);
  moved.norms = squared_norms(moved.values.data(), count, columns);
  return moved;
}

Visits plan_visits(const ClusteredRows& rows, Index candidates, Index needed) {
  Visits visits;
  const Index enough = std::max(candidates, needed) + 1;  // the row itself is met too
  auto chunk = std::upper_bound(rows.chunk_begin.begin(), rows.chunk_begin.end(), rows.first()) - 1;
  for (Index i = 0; i < rows.local_rows(); ++i) {
    while (*(chunk + 1) <= rows.first() + i) ++chunk;
    const auto own_chunk = static_cast<std::int32_t>(chunk - rows.chunk_begin.begin());
    const auto* near = rows.near.data() + i * rows.near_count;
    const std::int32_t start = own_chunk - rows.cluster_chunks[static_cast<std::size_t>(near[0])];
    Index met = 0;
    for (Index c = 0; c < rows.near_count && met < enough; ++c) {
      meet_cluster(rows, near[c], start, enough, met, visits.chunks);
    }
    if (met < needed + 1) {
      met = 0;
      visits.chunks.resize(static_cast<std::size_t>(visits.offsets.back()));
      meet_cluster(rows, near[0], start, needed + 1, met, visits.chunks);
      for (const auto c : all_clusters(rows, i)) {
        if (c != near[0]) meet_cluster(rows, c, start, needed + 1, met, visits.chunks);
      }
    }
    visits.offsets.push_back(static_cast<Index>(visits.chunks.size()));
  }
  return visits;
}

}  // namespace replearn::neighbors
