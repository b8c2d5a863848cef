#pragma once
#include "methods/neighbors/neighbors.hpp"

namespace replearn::neighbors {

/// A neighbor graph and how it was obtained.
struct Results {
  NeighborGraph graph;
  Method method = Method::exact;  ///< the method used: exact or approximate
  double recall_estimate = 1;     ///< estimated recall of the approximate search on a sample, see recall.hpp
};

/// Approximate k nearest neighbors: most of the k nearest other rows of each row of x (n x d), for data where n^2 pairs
/// are too many. The steps are described in README.md, "Approximate search".
///
/// Distances are measured as by nearest_neighbors, and the candidates depend on the data and the seed alone: the graph
/// is equal to the bit on any number of ranks. If all clusters are paired, it is that of nearest_neighbors except for
/// ties at the end of a list. With options.method automatic the search is exact if a row would be compared with more
/// than a third of all rows. All ranks.
/// Throws InputError for options that do not fit or if a value of x is not finite.
///
/// Cost with c candidates per row: 2 d (2 sqrt(n) + c / 2 + 1,000) flops per row in products; details in README.md.
Results approximate_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                              const Log& log = Log());

/// Neighbors by options.method: exact, approximate, or the cheaper one (reported in the log). All ranks.
Results find_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                       const Log& log = Log());

/// Whether the exact search with its n^2 d flops is expected to take longer than an approximate one: from about 60,000
/// rows for k = 15 and 190,000 for k = 90. Local.
bool approximate_is_cheaper(Index n, Index k);

}  // namespace replearn::neighbors
