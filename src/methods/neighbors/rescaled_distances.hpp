#pragma once
#include "data/neighbor_graph.hpp"

namespace replearn::neighbors {

/// Converts the distances of rows that were divided by a unit back to the original scale. Local.
inline NeighborGraph rescaled_distances(NeighborGraph graph, double length) {
  for (float& distance : graph.distances) distance = static_cast<float>(static_cast<double>(distance) * length);
  return graph;
}

}  // namespace replearn::neighbors
