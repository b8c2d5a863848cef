#pragma once
#include "data/neighbor_graph.hpp"

namespace replearn::neighbors {

/// A graph of rows that were divided by a unit, its distances in those of before. Local.
inline NeighborGraph at_scale(NeighborGraph graph, double length) {
  for (float& distance : graph.distances) distance = static_cast<float>(static_cast<double>(distance) * length);
  return graph;
}

}  // namespace replearn::neighbors
