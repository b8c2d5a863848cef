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
  Method method = Method::automatic;  ///< automatic: the cheaper, see choose_method
  // Of the approximate search, see approximate.hpp.
  double recall = 0.98;   ///< share of the nearest rows to be found, in (0, 1)
  Index refinements = 1;  ///< rounds of looking at neighbours' neighbours
  std::uint64_t seed = 0;

  /// Throws InputError naming the option. n: rows of the data.
  void validate(Index n) const;
};

/// The exact k nearest other rows of each row of x (n x d), ties broken by index, distances in the metric (for
/// euclidean: not squared). Blocks of rows travel a ring. Equal to the bit on any number of ranks. All ranks.
/// Throws InputError if a value of x is not finite.
NeighborGraph nearest_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                                const Log& log = Log());

}  // namespace replearn::neighbors
