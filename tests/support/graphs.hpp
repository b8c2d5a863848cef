#pragma once
#include "data/neighbor_graph.hpp"
#include "mpi/communicator.hpp"
#include "support/reference/brute_force_neighbors.hpp"

namespace replearn::test {

/// My rows of the graph of the k nearest rows of x, which every rank holds whole.
inline NeighborGraph graph_of(const mpi::Communicator& comm, const RowMatrix& x, Index k) {
  NeighborGraph graph{RowPartition(x.rows(), comm.size()), comm.rank(), {0}, {}, {}};
  const auto lists = brute_force_neighbors(Metric::euclidean, x, k);
  for (Index i = graph.first_row(); i < graph.partition.end(graph.rank); ++i) {
    for (const auto& [distance, index] : lists[static_cast<std::size_t>(i)]) {
      graph.indices.push_back(index);
      graph.distances.push_back(distance);
    }
    graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
  }
  return graph;
}

}  // namespace replearn::test
