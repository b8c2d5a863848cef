#pragma once
#include <functional>
#include <vector>

#include "methods/map_quality/space.hpp"

namespace replearn::map_quality {

/// The ranks of given rows among the neighbors of each local row in one space.
struct RankQueries {
  const Space* space = nullptr;
  NeighborLists asked;        ///< of each local row, in order
  std::vector<Index> ranks;  ///< result, one per entry of asked.all: 1 for the nearest other row
};

/// Finds the ranks in one pass over all pairs, for several spaces at once. progress: called with the fraction done.
///
/// The rank of row f is one more than the number of other rows j with (|x_i - x_j|, j) < (|x_i - x_f|, f). Each pair is
/// one entry of a matrix product in float32; pairs too close to a queried distance to tell are measured in float64
/// (panels.hpp). Exact, and therefore equal on any number of ranks. Local: each rank works on its own rows; `first_row`:
/// global index of the first. Cost: 2 n d flops for each local row and space. Memory: 16 bytes per query.
void find_ranks(Index first_row, Index local_rows, std::vector<RankQueries>& queries,
                const std::function<void(double)>& progress);

}  // namespace replearn::map_quality
