#pragma once
#include "data/distributed_matrix.hpp"

namespace replearn::tsne {

/// Throws InputError unless the start is n x q and finite. All ranks.
void check_start(const mpi::Communicator& comm, const DistributedMatrix& start, Index n, Index dimensions);

}  // namespace replearn::tsne
