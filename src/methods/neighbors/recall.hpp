#pragma once
#include <vector>

#include "data/neighbor_graph.hpp"
#include "methods/neighbors/nearest_lists.hpp"
#include "methods/neighbors/neighbors.hpp"

namespace replearn::neighbors {

/// Rows drawn by global index, and their exact nearest others: what an approximate search is measured by.
/// The same on all ranks.
struct ExactSample {
  std::vector<Index> rows;  ///< global, ascending
  Index k = 0;
  std::vector<Key> keys;  ///< rows x k, ascending by (distance, global row)
};

/// The k nearest others of `count` rows (all rows if there are fewer), one drawn from each count-th part of them.
/// prepared: see prepare_rows. Equal to the bit on any number of ranks. All ranks.
/// Cost: 2 count columns flops a row; each rank sends its share of the sample, and 8 count k bytes to all.
ExactSample exact_sample(const mpi::Communicator& comm, Metric metric, const DistributedMatrix& prepared, Index k,
                         Index count, std::uint64_t seed);

/// The share of the sample's neighbors that the graph has: those of its distances that are not above the k-th exact
/// one, so that equal distances count alike. All ranks.
double recall_estimate(const mpi::Communicator& comm, const ExactSample& sample, const NeighborGraph& graph);

}  // namespace replearn::neighbors
