#pragma once
#include <vector>

#include "methods/neighbors/clustered_rows.hpp"
#include "methods/neighbors/tile_pair_search.hpp"

namespace replearn::neighbors {

/// The local chunks with the k nearest neighbors of each row among its candidates: the rows of its own chunk and of the
/// paired chunks, by key of (distance in the metric, position). Each pair of chunks is searched once, for both sides:
/// on the rank that owns both, or on one of the two owners, to which the rows of the other have traveled half-way
/// around a ring; results for remote rows are sent back. All candidate pairs are measured or excluded
/// (tile_pair_search.hpp), so the lists do not depend on the place and order of the search. All ranks. `rows` must
/// outlive the result.
/// Cost: c candidates per row, c columns flops per row in products (serving both sides). Each rank sends its rows
/// around half the ring, 2 n columns bytes; for each pair of ranks the radii of n / p rows, and the lists of updated
/// rows, 8 k bytes each.
/// Memory: two more ranks' shares of the rows, 16 k bytes per row.
std::vector<SearchRows> search_clusters(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows,
                                        const ChunkPairs& pairs, Index k);

}  // namespace replearn::neighbors
