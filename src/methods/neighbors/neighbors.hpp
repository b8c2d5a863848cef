#pragma once
#include <cstdint>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "data/neighbor_graph.hpp"
#include "numerics/blocked_distances.hpp"

namespace replearn::neighbors {

enum class Method { automatic, exact, approximate };

struct Options {
  Index neighbors = 15;  ///< k, excluding the row itself; 0 < k < n
  Metric metric = Metric::euclidean;
  Method method = Method::automatic;  ///< automatic: the cheaper method, see approximate.hpp
  // Approximate search only, see approximate.hpp.
  double recall = 0.98;   ///< fraction of the nearest rows to be found, in (0, 1)
  Index refinements = 1;  ///< rounds of neighbor-of-neighbor refinement
  std::uint64_t seed = 0;

  /// Throws InputError naming the option. n: rows of the data.
  void validate(Index n) const;
  bool operator==(const Options&) const = default;
};

/// The exact k nearest other rows of each row of x (n x d), ties broken by index, distances in the metric (for
/// euclidean: not squared). The result is that of measuring all pairs, equal to the bit on any number of ranks. All
/// ranks.
/// Throws InputError if a value of x is not finite.
///
/// Cost: at most n^2 d / p flops per rank in products, n / 2 rows of 4 d bytes sent, overlapped with computation, and
/// memory proportional to n / p rows only. Algorithm and details: README.md, "Exact search".
NeighborGraph nearest_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                                const Log& log = Log());

}  // namespace replearn::neighbors
