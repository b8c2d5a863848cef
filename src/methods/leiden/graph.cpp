#include "methods/leiden/graph.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::leiden {
namespace {

constexpr Index max_parts_of_large_graph = 64;
constexpr double resolution_of_weights = 1 << 30;

/// Throws InputError if the graph is not symmetric: w_ij r_ij, with random signs r_ij = -r_ji, sum to 0 if it is.
void require_symmetry(const mpi::Communicator& comm, const Graph& graph) {
  std::int64_t sum = 0;
  double squares = 0;
  for (Index i = 0; i < graph.local_nodes(); ++i) {
    const Index row = graph.first() + i;
    for (Index e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
      const Index low = std::min<Index>(row, graph.neighbors[e]), high = std::max<Index>(row, graph.neighbors[e]);
      const auto pair = static_cast<std::uint64_t>(low) * static_cast<std::uint64_t>(graph.nodes()) +
                        static_cast<std::uint64_t>(high);
      const bool positive = (scramble(pair + 1) & 1) == static_cast<std::uint64_t>(row == low);
      sum += positive ? graph.weights[e] : -graph.weights[e];
      squares += static_cast<double>(graph.weights[e]) * static_cast<double>(graph.weights[e]);
    }
  }
  sum = mpi::all_reduce(comm, sum, mpi::Reduction::sum);
  squares = mpi::all_reduce(comm, squares, mpi::Reduction::sum);
  if (std::abs(static_cast<double>(sum)) > 1e-5 * std::sqrt(squares)) {
    throw InputError("", "graph", "is not symmetric", "use obsp/connectivities, as replearn neighbors writes it");
  }
}

float checked_largest_weight(const mpi::Communicator& comm, const SparseRows& weights) {
  if (weights.rows() != weights.columns) {
    throw InputError("", "graph", fmt::format("is {} x {}", weights.rows(), weights.columns), "a graph is square");
  }
  std::int64_t bad = 0;
  float largest = 0;
  for (Index i = 0; i < weights.local_rows(); ++i) {
    for (Index e = weights.offsets[i]; e < weights.offsets[i + 1]; ++e) {
      bad += !std::isfinite(weights.values[e]) || weights.values[e] < 0;
      if (weights.indices[e] != weights.first_row() + i) largest = std::max(largest, weights.values[e]);
    }
  }
  if (mpi::all_reduce(comm, bad, mpi::Reduction::sum) > 0) {
    throw InputError("", "graph", "has weights that are negative or not finite",
                     "weights are similarities, such as those of replearn neighbors");
  }
  largest = mpi::all_reduce(comm, largest, mpi::Reduction::max);
  if (largest > 0) return largest;
  throw InputError("", "graph", "has no edges", "compute the graph with replearn neighbors");
}

}  // namespace

Weighted weighted_graph(const mpi::Communicator& comm, const SparseRows& weights, Quality quality) {
  const double largest = checked_largest_weight(comm, weights);
  Weighted result;
  result.scale = resolution_of_weights / largest;
  Graph& graph = result.graph;
  graph.partition = weights.partition;
  graph.rank = weights.rank;
  graph.neighbors.reserve(weights.indices.size());
  graph.weights.reserve(weights.indices.size());
  std::vector<std::int64_t> strengths;
  for (Index i = 0; i < weights.local_rows(); ++i) {
    std::int64_t strength = 0;
    for (Index e = weights.offsets[i]; e < weights.offsets[i + 1]; ++e) {
      const std::int64_t weight = std::llround(static_cast<double>(weights.values[e]) * result.scale);
      if (weight == 0 || weights.indices[e] == weights.first_row() + i) continue;
      graph.neighbors.push_back(weights.indices[e]);
      graph.weights.push_back(weight);
      strength += weight;
    }
    graph.offsets.push_back(static_cast<Index>(graph.neighbors.size()));
    strengths.push_back(strength);
    result.total += strength;
  }
  require_symmetry(comm, graph);
  result.total = mpi::all_reduce(comm, result.total, mpi::Reduction::sum);
  graph.masses = quality == Quality::modularity ? mpi::all_gather_v(comm, strengths)
                                                : std::vector<std::int64_t>(static_cast<std::size_t>(graph.nodes()), 1);
  return result;
}

Graph gather(const mpi::Communicator& comm, const Graph& graph) {
  Graph whole;
  whole.partition = RowPartition(graph.nodes(), 1);
  whole.masses = graph.masses;
  whole.neighbors = mpi::all_gather_v(comm, graph.neighbors);
  whole.weights = mpi::all_gather_v(comm, graph.weights);
  std::vector<Index> degrees;
  for (Index i = 0; i < graph.local_nodes(); ++i) degrees.push_back(graph.offsets[i + 1] - graph.offsets[i]);
  for (const Index degree : mpi::all_gather_v(comm, degrees)) whole.offsets.push_back(whole.offsets.back() + degree);
  return whole;
}

Index renumber(Communities& communities) {
  std::vector<std::int32_t> number(communities.size(), -1);
  std::int32_t count = 0;
  for (auto& community : communities) {
    auto& mine = number[static_cast<std::size_t>(community)];
    if (mine < 0) mine = count++;
    community = mine;
  }
  return count;
}

VisitingOrder::VisitingOrder(std::uint64_t key, Index nodes, Index visited) : key_(scramble(key)) {
  constexpr Index visited_per_part = 256;
  parts_ = static_cast<std::uint64_t>(
      nodes <= small_graph ? nodes : std::clamp(visited / visited_per_part, Index{1}, max_parts_of_large_graph));
}

bool VisitingOrder::waits(const Graph& graph, Index local_node) const {
  const Index node = graph.first() + local_node, own = part(node);
  const std::uint64_t mine = number(node);
  for (Index e = graph.offsets[local_node]; e < graph.offsets[local_node + 1]; ++e) {
    const Index other = graph.neighbors[e];
    if (part(other) == own && number(other) > mine) return true;  // numbers of two nodes differ
  }
  return false;
}

std::vector<std::vector<std::int32_t>> VisitingOrder::local_parts(const Graph& graph,
                                                                  const std::vector<std::uint8_t>& marked) const {
  std::vector<std::vector<std::int32_t>> nodes(parts_);
  for (Index i = 0; i < graph.local_nodes(); ++i) {
    if (marked[static_cast<std::size_t>(i)]) {
      nodes[static_cast<std::size_t>(part(graph.first() + i))].push_back(static_cast<std::int32_t>(i));
    }
  }
  return nodes;
}

}  // namespace replearn::leiden
