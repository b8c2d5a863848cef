#pragma once
#include <cstdint>

#include "data/distributed_matrix.hpp"

namespace replearn::harmony {

/// Centers of k clusters of the rows of z, K x d, the same on every rank: k-means (Lloyd) from k-means++ (Arthur and
/// Vassilvitskii 2007) on up to 20,000 rows at even distances, the best of five, then five iterations with all rows.
/// All ranks; equal to the bit on any number of them.
RowMatrix k_means(const mpi::Communicator& comm, const DistributedMatrix& z, Index k, std::uint64_t seed);

}  // namespace replearn::harmony
