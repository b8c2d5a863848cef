#pragma once
#include "methods/leiden/graph.hpp"

namespace replearn::leiden {

/// Moves nodes to the neighboring community, or to one of their own, that increases the objective most, until no move
/// does: Traag, Waltman and van Eck 2019, "From Louvain to Leiden: guaranteeing well-connected communities", algorithm
/// A.2, MoveNodesFast. Nodes of a part of the visiting order move at once, from the communities at its beginning.
/// communities: those to start from, numbered below the number of nodes. All ranks of comm, over which the graph is
/// distributed. Cost per round: the edges of the nodes whose neighborhood has changed; an all-gather of the moves of
/// each part.
void move_nodes(const mpi::Communicator& comm, const Graph& graph, const Objective& objective, std::uint64_t key,
                Communities& communities);

}  // namespace replearn::leiden
