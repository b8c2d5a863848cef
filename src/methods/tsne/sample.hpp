#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::tsne {

/// `count` of all rows, each as likely as any other: 1 for those of my rows that are among them. Row i draws a number
/// from (seed, i), the least ones win; so the same rows on any number of ranks. 0 <= count <= n. All ranks.
/// Cost: 16 n bytes gathered and partly sorted by every rank.
std::vector<std::uint8_t> random_sample(const mpi::Communicator& comm, const RowPartition& partition, Index count,
                                        std::uint64_t seed);

/// Puts the rows of a sample's map, all of it on every rank in the order of rows, in their places among my rows.
/// sampled: as above; points: my rows. All ranks.
void put_sample(const mpi::Communicator& comm, const std::vector<std::uint8_t>& sampled, const RowMatrix& sample_map,
                RowMatrix& points);

}  // namespace replearn::tsne
