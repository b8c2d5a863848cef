#pragma once
#include <cstdint>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "data/neighbor_graph.hpp"
#include "numerics/blocked_distances.hpp"

namespace replearn::neighbors {

enum class Method { automatic, exact, approximate };

struct Options {
  Index neighbors = 15;  ///< k, the row itself not counted; 0 < k < n
  Metric metric = Metric::euclidean;
  Method method = Method::automatic;  ///< automatic: the cheaper, see approximate.hpp
  // Of the approximate search, see approximate.hpp.
  double recall = 0.98;   ///< share of the nearest rows to be found, in (0, 1)
  Index refinements = 1;  ///< rounds of looking at neighbors' neighbors
  std::uint64_t seed = 0;

  /// Throws InputError naming the option. n: rows of the data.
  void validate(Index n) const;
};

/// The exact k nearest other rows of each row of x (n x d), ties broken by index, distances in the metric (for
/// euclidean: not squared). Equal to the bit on any number of ranks: what is found is what measuring all pairs finds.
/// All ranks. Throws InputError if a value of x is not finite.
///
/// Each rank puts its rows in an order of place; tiles of them meet each other, then tiles of the ranks that come by on
/// half a ring, each unordered pair of rows once for the lists of both, and what visitors found is sent home
/// (tile_pair_search.hpp). Pairs of tiles too far apart are passed over, the others screened at the speed of the matrix
/// product, and what may be near is measured. Cost: at most n^2 d / p flops a rank in products (rows without clusters),
/// less by what is passed over: a tenth is left for 20 clusters in 50 dimensions. About 5 k pairs measured a row, 3 d
/// flops each. Bytes sent a rank: n / 2 rows of 4 d bytes, overlapped with work; 8 a row for their limits; 8 for each
/// find, at most k a row of each visitor and mostly few. Messages: 7 for each of p / 2 steps. Memory a rank, n / p
/// rows: 4 copies of 4 d bytes a row (mine, framed, two visitors) and one of the visitor framed; lists of mine and of
/// the visitor, 8 (2 k + 16) bytes a row each; the graph, 12 k. Nothing of order n^2, nor n.
NeighborGraph nearest_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                                const Log& log = Log());

}  // namespace replearn::neighbors
