#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::sammon {

/// Throws InputError unless the start has `rows` rows, is finite, and has two distinct points. All ranks.
void check_start(const mpi::Communicator& comm, Index rows, const DistributedMatrix& start);
/// Throws InputError unless the weights of all local rows are positive. All ranks.
void check_weights(const mpi::Communicator& comm, const RowPartition& partition, const std::vector<float>& weights);

}  // namespace replearn::sammon
