#pragma once
#include "methods/neighbors/best_lists.hpp"
#include "methods/neighbors/clustered_rows.hpp"
#include "numerics/blocked_distances.hpp"

namespace replearn::neighbors {

/// For each of my clustered rows the k nearest of those in the chunks it visits (itself excepted), as keys of
/// (distance in the metric, position). The chunks travel a ring; all my rows that visit a chunk meet it at once, in
/// matrix products that bound distances from below; what is not bounded away is measured. So the lists are those of
/// measuring all met pairs, whatever BLAS rounds to and in whatever order chunks come. All ranks.
/// Cost, c candidates a row: 2 c columns flops a row for the bounds; each rank sends the n rows on, 4 n columns bytes.
/// Memory: three ranks' shares of the rows, 4 bytes for each (row, chunk visited).
BestLists search_clusters(const mpi::Communicator& comm, Metric metric, const ClusteredRows& rows, const Visits& visits,
                          Index k);

}  // namespace replearn::neighbors
