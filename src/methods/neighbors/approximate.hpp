#pragma once
#include "methods/neighbors/neighbors.hpp"

namespace replearn::neighbors {

/// The graph, and how it came about.
struct Results {
  NeighborGraph graph;
  Method method = Method::exact;  ///< exact or approximate
  double recall_estimate = 1;     ///< of the approximate search, on a sample; see recall.hpp
};

/// Most of the k nearest other rows of each row of x (n x d), for when n^2 pairs are too many:
///
///   1. the exact neighbors of 1,000 rows show how far rows must look, and in the end how many were found
///   (recall.hpp);
///   2. k-means cuts the rows in about 2 sqrt(n) clusters; those meet that have neighbors in each other, as many as
///      options.recall asks for (clustering.hpp);
///   3. ranks own clusters, and rows move there (clustered_rows.hpp);
///   4. each row meets all rows of the clusters that its own meets, by matrix products (cluster_search.hpp);
///   5. options.refinements times, each row looks at neighbors' neighbors that it has not met (refinement.hpp);
///   6. lists go home to the rank of the row in x.
///
/// Every distance is measured as nearest_neighbors measures it, and who meets whom depends on the data and the seed
/// alone: the graph is equal to the bit on any number of ranks. If all rows meet, it is that of nearest_neighbors, but
/// for ties at the end of a list. Thousands of equal rows cost no more than others.
/// options.method automatic: where a row would meet more than a third of all, the search is exact instead.
///
/// Cost, if a row meets c others: 2 d (2 sqrt(n) + c / 2 + 1,000) flops a row in products, and 768 + 192 for the sample
/// of k-means and its votes; about 2 k ln(c / k) measured pairs in step 4 and a few hundred in step 5. Sent by each of
/// p ranks: its n / p rows once, half of the n rows round a ring (2 n d bytes), links and values for step 5, and the
/// n k / p neighbors home. Memory: about 12 d + 32 k bytes for each of the n / p rows, 13 bytes for each of the n.
/// c is what the data make it: some 8,000 of 200,000 where they have few dimensions, a share of the n where they have
/// many. All ranks. Throws InputError for options that do not fit or if a value of x is not finite.
Results approximate_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                              const Log& log = Log());

/// The neighbors by options.method: exact, approximate, or the one of less cost (which the log names). All ranks.
Results find_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                       const Log& log = Log());

/// Whether the exact search's n^2 d flops may be expected to take longer than an approximate search of a k that small:
/// from about 60,000 rows on for k = 15, 190,000 for k = 90. Local.
bool approximate_is_cheaper(Index n, Index k);

}  // namespace replearn::neighbors
