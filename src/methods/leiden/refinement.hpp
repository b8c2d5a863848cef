#pragma once
#include "methods/leiden/graph.hpp"

namespace replearn::leiden {

/// Divides communities into subsets that are connected, and well connected to the rest of their community: Traag,
/// Waltman and van Eck 2019, algorithm A.2, RefinePartition. Starting from single nodes, a node that is alone joins the
/// subset of its community with the largest increase of the objective, as in leidenalg. Nodes of a part of the visiting
/// order join at once; neighbors never do, so a subset remains connected.
/// Returns the subsets, numbered 0, 1, ... by their first nodes. All ranks of comm, over which the graph is distributed.
Communities refine(const mpi::Communicator& comm, const Graph& graph, const Objective& objective, std::uint64_t key,
                   const Communities& communities);

}  // namespace replearn::leiden
