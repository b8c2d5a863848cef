#pragma once
#include <vector>

#include "methods/sammon/stress.hpp"

namespace replearn::sammon {

/// How many pairs lie where in the plane of given distances and distances in the map (Shepard 1962).
struct ShepardCounts {
  Index bins = 0;                   ///< along each side
  double given_to = 0, map_to = 0;  ///< bins reach from 0 to here
  std::vector<Index> counts;        ///< bins x bins, a row for each bin of given distances
  Index pairs = 0;                  ///< counted
};

/// Of all pairs, or of every so many tiles of them if there are more than `most`. y: my rows. All ranks; equal to the
/// bit on any number of them. Cost: about 3 ns a pair counted.
ShepardCounts count_shepard(const mpi::Communicator& comm, const InputDistances& given, const RowMatrixD& y, Index bins,
                            double most = 2e8);

}  // namespace replearn::sammon
