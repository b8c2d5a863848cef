#pragma once
#include "data/neighbor_graph.hpp"
#include "methods/map_quality/space.hpp"

namespace replearn::map_quality {

/// How many more than k neighbors to search in float32, so that the k nearest in float64 are among them.
constexpr Index extra_neighbors = 8;

/// The k nearest other rows of each local row in the order of Neighbor. graph: at least min(n - 1, k + extra_neighbors)
/// neighbors of each row by distances rounded to float32 (neighbors::nearest_neighbors). Where that rounding leaves open
/// which rows are the k nearest, all n are measured. Local. Cost: d flops in float64 per neighbor.
NeighborLists exact_neighbors(const Space& space, const NeighborGraph& graph, Index k);

}  // namespace replearn::map_quality
