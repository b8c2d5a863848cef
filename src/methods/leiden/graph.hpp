#pragma once
#include <cstdint>
#include <vector>

#include "data/sparse_rows.hpp"
#include "methods/leiden/options.hpp"
#include "mpi/communicator.hpp"

namespace replearn::leiden {

/// For each node its community, the same on every rank.
using Communities = std::vector<std::int32_t>;

/// An undirected graph without loops: the edges of this rank's nodes, each edge at both ends. Weights are integers, so
/// that their sums do not depend on the order.
struct Graph {
  RowPartition partition;
  int rank = 0;
  std::vector<Index> offsets{0};  ///< local nodes + 1
  std::vector<std::int32_t> neighbors;
  std::vector<std::int64_t> weights;
  std::vector<std::int64_t> masses;  ///< of all nodes, on every rank: strengths for modularity, numbers of cells for CPM

  Index nodes() const { return partition.rows(); }
  Index first() const { return partition.begin(rank); }
  Index local_nodes() const { return static_cast<Index>(offsets.size()) - 1; }
};

/// What is maximized, up to a factor: the sum over communities of (weight inside) - factor (mass)^2 / 2, where each edge
/// inside counts once.
struct Objective {
  double factor = 0;
};

/// A graph as given, with its weights as multiples of 1 / scale.
struct Weighted {
  Graph graph;
  double scale = 1;
  std::int64_t total = 0;  ///< weights of all edges, each counted at both ends
};

/// weights: symmetric n x n. Its diagonal is ignored; weights are rounded to multiples of 2^-30 of the largest. All
/// ranks. Throws InputError unless it is square and symmetric, has an edge, and its weights are finite and not negative.
Weighted weighted_graph(const mpi::Communicator& comm, const SparseRows& weights, Quality quality);

/// The whole graph on every rank, as the graph of a communicator of one rank. All ranks.
Graph gather(const mpi::Communicator& comm, const Graph& graph);

/// Numbers the communities 0, 1, ... in the order of their first nodes; returns how many there are. Local.
Index renumber(Communities& communities);

/// A bijective scrambling of 64 bits (the finalizer of SplitMix64: Steele, Lea and Flood 2014).
inline std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// A random order of the nodes that depends on (key, node) only, cut into parts. All nodes of a part are visited at
/// once; of two neighbors in one part, the later one in the order waits for the next round.
class VisitingOrder {
 public:
  /// visited: number of nodes that are visited, over all ranks. A large graph has fewer parts if they are few.
  VisitingOrder(std::uint64_t key, Index nodes, Index visited);
  Index parts() const { return static_cast<Index>(parts_); }
  Index part(Index node) const { return static_cast<Index>(((number(node) >> 32) * parts_) >> 32); }
  /// Whether a node has to wait for a neighbor in its part.
  bool waits(const Graph& graph, Index local_node) const;
  /// The local nodes of each part, ascending, among those that are marked.
  std::vector<std::vector<std::int32_t>> local_parts(const Graph& graph, const std::vector<std::uint8_t>& marked) const;

 private:
  std::uint64_t number(Index node) const { return scramble(key_ + static_cast<std::uint64_t>(node) * 0x9e3779b97f4a7c15u); }
  std::uint64_t key_, parts_;
};

/// Graphs of at most so many nodes are treated by every rank on its own, and visited (almost) node by node.
constexpr Index small_graph = 20000;

}  // namespace replearn::leiden
