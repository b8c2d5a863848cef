#pragma once
#include <vector>

#include "methods/neighbors/clustered_rows.hpp"
#include "methods/neighbors/tile_pair_search.hpp"

namespace replearn::neighbors {

/// Rounds of looking at neighbors' neighbors (Dong, Moses and Li 2011, "Efficient k-nearest neighbor graph
/// construction for generic similarity measures"): a neighbor of a neighbor is likely to be one. In a round each row
/// is linked with up to `links` of its list and up to `links` of those in whose lists it is, nearest first; it then
/// measures its distance to all rows two links away that it has not met: not in chunks that its own has met, and not
/// along two links that both were there in the round before. All rows look at the lists of the round before, so the
/// outcome does not depend on who goes first: the same on any number of ranks. All ranks. Cost a round: (2 links)^2
/// lookups a row, of which those not met are measured (3 columns flops each; in the first round typically 1 in 10).
/// Sends: 12 bytes a link to the other end; then the links (8 bytes each) of rows linked with, and the values (4
/// columns bytes) of rows to be measured, once for each rank that needs them. Memory: 8 links bytes a row, 8 bytes for
/// every row of all ranks, and what was fetched.
void refine(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows, const ChunkPairs& pairs,
            Index links, Index rounds, Index k, std::vector<SearchRows>& chunks);

}  // namespace replearn::neighbors
