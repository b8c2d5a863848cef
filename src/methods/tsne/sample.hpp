#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::tsne {

/// A uniform sample of `count` rows: 1 for each local row in the sample. Row i draws a number from (seed, i) and the
/// smallest numbers are selected, so the sample is the same on any number of ranks. 0 <= count <= n. All ranks.
/// Cost: 16 n bytes gathered and partially sorted by every rank.
std::vector<std::uint8_t> random_sample(const mpi::Communicator& comm, const RowPartition& partition, Index count,
                                        std::uint64_t seed);

/// Copies the points of a sample's map (all of it on every rank, in row order) to the corresponding local rows.
/// sampled: as above; points: local rows. All ranks.
void put_sample(const mpi::Communicator& comm, const std::vector<std::uint8_t>& sampled, const RowMatrix& sample_map,
                RowMatrix& points);

}  // namespace replearn::tsne
