#pragma once
#include "methods/neighbors/neighbors.hpp"

namespace replearn::neighbors {

/// Most of the k nearest other rows of each row of x (n x d), for when n^2 pairs are too many:
///
///   1. k-means cuts the rows in about 4 sqrt(n) clusters (clustering.hpp); ranks own clusters, and rows move there;
///   2. each row meets the rows of the clusters nearest to it, options.candidates of them, in matrix products
///      (cluster_search.hpp);
///   3. options.refinements times, each row looks at its neighbours' neighbours that it has not met (refinement.hpp);
///   4. lists go home to the rank of the row in x.
///
/// Every distance is measured as nearest_neighbors measures it, and candidates depend on the data and the seed alone:
/// the graph is equal to the bit on any number of ranks. If all rows are met, it is that of nearest_neighbors, save
/// that equal distances at the end of a list may be those of other rows. Thousands of equal rows cost no more than
/// others. All ranks. Throws InputError if a value of x is not finite.
///
/// Cost, c candidates, a row: 2 d (4 sqrt(n) + c) flops in products; about k ln(c / k) measured pairs in step 2 and, in
/// step 3, as many as refinement.hpp says. Sent by each of p ranks: its n / p rows once, the n rows round a ring
/// (4 n d bytes), links and values for step 3, and n k / p neighbours home. Memory: about 12 d + 16 k + 4 c / chunk
/// bytes for each of the n / p rows, and 12 bytes for each of the n.
NeighborGraph approximate_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                                    const Log& log = Log());

/// Candidates that give a recall of 0.98 and more on the data of benchmarks/README.md.
Index default_candidates(Index k);

}  // namespace replearn::neighbors
