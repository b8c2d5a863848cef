#pragma once
#include "base/log.hpp"
#include "methods/neighbors/neighbors.hpp"

namespace replearn::neighbors {

/// For each row of `queries` (n x d) its k nearest rows of `references` (N x d), another matrix on the same ranks: the
/// exact ones, ties broken by index, by ascending distance in the metric. In the graph, rows are queries and indices
/// are rows of the references. k: at most N.
///
/// Blocks of references travel a ring; products bound most pairs away, the rest is measured. Equal to the bit on any
/// number of ranks. All ranks. Throws InputError if the columns differ, k does not fit or a value is not finite.
/// Cost: 2 n N d / p flops, 4 N d bytes sent by each rank, overlapped with work.
NeighborGraph nearest_among(const mpi::Communicator& comm, const DistributedMatrix& queries,
                            const DistributedMatrix& references, const Options& options, const Log& log = Log());

}  // namespace replearn::neighbors
