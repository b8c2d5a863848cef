#pragma once
#include "methods/map_quality/space.hpp"

namespace replearn::map_quality {

/// Procrustes disparity of two maps: both centered and scaled to norm 1, the second rotated and scaled so that the sum of
/// squared differences, which is the result, is smallest. 0 for maps that differ by shift, scale, rotation or
/// reflection only; at most 1. As SciPy's procrustes, with zero columns appended if one map has fewer. NaN if all points
/// of a map coincide. Local, equal on all ranks. Cost: 2 n d^2 flops.
double procrustes_disparity(const Space& a, const Space& b);

/// Mean fraction of the k nearest neighbors of a row that two maps have in common, for each k. Neighbors of the local
/// rows, at least max(k) each. Collective; equal on any number of ranks.
std::vector<double> mutual_neighbors(const mpi::Communicator& comm, const NeighborLists& a, const NeighborLists& b,
                                     const std::vector<Index>& k, Index n);

}  // namespace replearn::map_quality
