#pragma once
#include "methods/leiden/graph.hpp"

namespace replearn::leiden {

/// The graph whose nodes are the subsets of a graph, with the summed weights between them. subsets: numbered 0, 1, ...
/// count - 1. All ranks of comm, over which both graphs are distributed. Cost: one exchange, in which the rank of a
/// subset receives its edges.
Graph aggregate(const mpi::Communicator& comm, const Graph& graph, const Communities& subsets, Index count);

}  // namespace replearn::leiden
