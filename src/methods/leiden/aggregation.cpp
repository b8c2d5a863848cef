#include "methods/leiden/aggregation.hpp"

#include <algorithm>

#include "methods/leiden/community_weights.hpp"
#include "mpi/collectives.hpp"

namespace replearn::leiden {
namespace {

struct SubsetEdge {
  std::int32_t from, to;
  std::int64_t weight;
};

/// The edges of this rank's nodes between subsets, summed, by ascending subset.
std::vector<SubsetEdge> summed_edges(const Graph& graph, const Communities& subsets, CommunityWeights& weights) {
  std::vector<std::pair<std::int32_t, std::int32_t>> nodes;  // subset, local node
  for (Index i = 0; i < graph.local_nodes(); ++i) {
    nodes.emplace_back(subsets[static_cast<std::size_t>(graph.first() + i)], static_cast<std::int32_t>(i));
  }
  std::sort(nodes.begin(), nodes.end());
  std::vector<SubsetEdge> edges;
  for (std::size_t begin = 0; begin < nodes.size();) {
    const auto from = nodes[begin].first;
    weights.clear();
    std::size_t end = begin;
    for (; end < nodes.size() && nodes[end].first == from; ++end) {
      weights.add(graph, nodes[end].second, [&](Index other) { return subsets[static_cast<std::size_t>(other)]; });
    }
    for (const auto to : weights.touched()) {
      if (to != from) edges.push_back({from, to, weights[to]});
    }
    begin = end;
  }
  return edges;
}

}  // namespace

Graph aggregate(const mpi::Communicator& comm, const Graph& graph, const Communities& subsets, Index count) {
  Graph coarse;
  coarse.partition = comm.size() == 1 ? RowPartition(count, 1) : RowPartition(count, comm.shares());
  coarse.rank = comm.rank();
  coarse.masses.assign(static_cast<std::size_t>(count), 0);
  for (std::size_t i = 0; i < subsets.size(); ++i) {
    coarse.masses[static_cast<std::size_t>(subsets[i])] += graph.masses[i];
  }
  CommunityWeights weights(static_cast<std::size_t>(count));
  auto edges = summed_edges(graph, subsets, weights);
  if (comm.size() > 1) {
    std::vector<std::vector<SubsetEdge>> outgoing(static_cast<std::size_t>(comm.size()));
    for (const auto& edge : edges) outgoing[static_cast<std::size_t>(coarse.partition.owner(edge.from))].push_back(edge);
    edges.clear();
    for (const auto& received : mpi::all_to_all_v(comm, outgoing)) {
      edges.insert(edges.end(), received.begin(), received.end());
    }
    std::stable_sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
  }

  std::size_t next = 0;
  for (Index row = coarse.first(); row < coarse.partition.end(comm.rank()); ++row) {
    weights.clear();
    for (; next < edges.size() && edges[next].from == row; ++next) weights.add(edges[next].to, edges[next].weight);
    std::sort(weights.touched().begin(), weights.touched().end());
    for (const auto to : weights.touched()) {
      coarse.neighbors.push_back(to);
      coarse.weights.push_back(weights[to]);
    }
    coarse.offsets.push_back(static_cast<Index>(coarse.neighbors.size()));
  }
  return coarse;
}

}  // namespace replearn::leiden
