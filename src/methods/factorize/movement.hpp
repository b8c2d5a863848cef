#pragma once
#include "data/distributed_matrix.hpp"
#include "mpi/communicator.hpp"

namespace replearn::factorize {

/// Root mean square of |z - z'|, z' = before, relative to the root mean square of |z - mean z|. samples: rows over the
/// ranks, before: the same local rows. All ranks, one reduction.
double movement_of_samples(const mpi::Communicator& comm, const DistributedMatrix& samples, const RowMatrix& before);
/// The same for embeddings that every rank has. Local.
double movement_of_genes(const RowMatrix& genes, const RowMatrix& before);

}  // namespace replearn::factorize
