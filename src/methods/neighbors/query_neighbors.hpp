#pragma once
#include "base/log.hpp"
#include "methods/neighbors/neighbors.hpp"

namespace replearn::neighbors {

/// For each row of `queries` (n x d) its exact k nearest rows of `references` (N x d), another matrix on the same
/// ranks, by ascending distance in the metric, ties broken by index. In the graph, rows are queries and indices refer
/// to rows of the references. k <= N.
///
/// Blocks of references travel around a ring; matrix products exclude most pairs, the rest are measured. Equal to the
/// bit on any number of ranks. All ranks.
/// Throws InputError if the columns differ, k is too large or a value is not finite.
/// Cost: 2 n N d / p flops, 4 N d bytes sent by each rank, overlapped with computation.
NeighborGraph query_neighbors(const mpi::Communicator& comm, const DistributedMatrix& queries,
                              const DistributedMatrix& references, const Options& options, const Log& log = Log());

}  // namespace replearn::neighbors
