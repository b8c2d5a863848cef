#pragma once
#include <vector>

#include "methods/neighbors/clustered_rows.hpp"
#include "methods/neighbors/tile_pair_search.hpp"

namespace replearn::neighbors {

/// My chunks with the k nearest of those that each row meets: the rows of its own chunk and of its partners, by key of
/// (distance in the metric, position). Each pair of chunks meets once, for both sides: on the rank that owns both, or
/// on one of the two, to which the other's rows have come half-way round a ring; what is found for guests goes home.
/// All met pairs are measured or bounded away (tile_pair_search.hpp), so the lists do not depend on who met where and
/// when. All ranks. `rows` must outlive the result. Cost: c candidates a row, c columns flops a row in products (both
/// sides served). Each rank sends its rows round half the ring, 2 n columns bytes; for each pair of ranks the limits of
/// n / p rows, and the lists of rows met, 8 k bytes each. Memory: two more ranks' shares of the rows, 16 k bytes a row.
std::vector<SearchRows> search_clusters(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows,
                                        const ChunkPairs& pairs, Index k);

}  // namespace replearn::neighbors
