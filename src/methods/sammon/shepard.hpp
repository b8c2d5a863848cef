#pragma once
#include <vector>

#include "methods/sammon/stress.hpp"

namespace replearn::sammon {

/// Histogram of pairs by given distance and distance in the map, a Shepard diagram (Shepard 1962).
struct ShepardCounts {
  Index bins = 0;                   ///< bins per axis
  double given_to = 0, map_to = 0;  ///< upper end of the bins, which begin at 0
  std::vector<Index> counts;        ///< bins x bins, one row per bin of given distances
  Index pairs = 0;                  ///< number of pairs counted
};

/// Counts all pairs, or those of every k-th tile if there are more than `most`. y: local rows. All ranks; equal to the
/// bit on any number of them. Cost: about 3 ns per pair counted.
ShepardCounts count_shepard(const mpi::Communicator& comm, const StoredDistances& given, const RowMatrixD& y,
                            Index bins, double most = 2e8);

}  // namespace replearn::sammon
