#pragma once
#include <vector>

#include "data/neighbor_graph.hpp"
#include "methods/neighbors/nearest_lists.hpp"
#include "methods/neighbors/neighbors.hpp"

namespace replearn::neighbors {

/// Rows drawn by global index and their exact nearest neighbors, against which an approximate search is measured. The
/// same on all ranks.
struct ExactSample {
  std::vector<Index> rows;  ///< global, ascending
  Index k = 0;
  std::vector<Key> keys;  ///< rows x k, ascending by (distance, global row)
};

/// The k nearest neighbors of `count` rows (all rows if there are fewer), one drawn from each of `count` equal parts of
/// the data. prepared: see prepare_rows. Equal to the bit on any number of ranks. All ranks.
/// Cost: 2 count columns flops per row; each rank sends its share of the sample, and 8 count k bytes to all.
ExactSample exact_sample(const mpi::Communicator& comm, Metric metric, const DistributedMatrix& prepared, Index k,
                         Index count, std::uint64_t seed);

/// Fraction of the sample's neighbors that the graph contains: its distances that do not exceed the k-th exact one, so
/// that ties count equally. All ranks.
double recall_estimate(const mpi::Communicator& comm, const ExactSample& sample, const NeighborGraph& graph);

}  // namespace replearn::neighbors
