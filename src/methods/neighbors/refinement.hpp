#pragma once
#include <vector>

#include "methods/neighbors/clustered_rows.hpp"
#include "methods/neighbors/tile_pair_search.hpp"

namespace replearn::neighbors {

/// Rounds of neighbor-of-neighbor refinement (Dong, Moses and Li 2011, "Efficient k-nearest neighbor graph construction
/// for generic similarity measures"): a neighbor of a neighbor is likely to be a neighbor. In a round each row is
/// linked to up to max_links rows of its list and up to max_links rows whose lists contain it, nearest first. It is
/// then compared with all rows two links away that are new: not in chunks already paired with its own, and not reached
/// by two links that both existed in the previous round. All rows use the lists of the previous round, so the result
/// does not depend on the order of processing and is the same on any number of ranks. All ranks.
/// Cost per round: (2 max_links)^2 lookups per row, of which the new ones are measured (3 columns flops each; in the
/// first round typically 1 in 10). Sends: 12 bytes per link to the other end; then the links (8 bytes each) of linked
/// rows and the values (4 columns bytes) of rows to be measured, once for each rank that needs them.
/// Memory: 8 max_links bytes per row, 8 bytes for every row of all ranks, and the fetched data.
void refine(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows, const ChunkPairs& pairs,
            Index max_links, Index rounds, Index k, std::vector<SearchRows>& chunks);

}  // namespace replearn::neighbors
