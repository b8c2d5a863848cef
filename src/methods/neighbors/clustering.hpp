#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::neighbors {

/// Centres for `clusters` clusters of the rows (n x columns) by k-means (Lloyd 1982, "Least squares quantization in
/// PCM") on a sample of about 32 rows a cluster, drawn by global index; a centre that no row is nearest to stays where
/// it is. clusters x columns, the same on every rank and, to the bit, on any number of ranks. All ranks.
/// Cost: 32 clusters^2 columns flops an iteration over all ranks; each sends 8 clusters columns bytes an iteration.
RowMatrix cluster_centers(const mpi::Communicator& comm, const DistributedMatrix& rows, Index clusters,
                          std::uint64_t seed);

/// For each of my rows the `count` nearest centres, nearest first (ties: the first): local_rows x count numbers.
/// Local. Cost: 2 clusters columns flops a row. Rows are cut where blocks of the partition begin, so that the product
/// is the same whoever computes it.
std::vector<std::int32_t> nearest_centers(const DistributedMatrix& rows, const RowMatrix& centers, Index count);

/// An order of the centres in which neighbours in space are near each other: halves along the widest column, and so on
/// (Bentley 1975, "Multidimensional binary search trees"). weights: rows of each cluster; halves weigh alike.
std::vector<std::int32_t> order_in_space(const RowMatrix& centers, const std::vector<Index>& weights);

}  // namespace replearn::neighbors
