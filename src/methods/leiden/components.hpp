#pragma once
#include "methods/leiden/graph.hpp"

namespace replearn::leiden {

/// The connected components of each community: for each node the lowest node that it is connected to within its
/// community. All ranks of comm, over which the graph is distributed. Cost per round: the edges, an all-gather of 4
/// bytes per node; rounds: about the logarithm of the longest path.
Communities connected_parts(const mpi::Communicator& comm, const Graph& graph, const Communities& communities);

}  // namespace replearn::leiden
