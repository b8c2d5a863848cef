#pragma once
#include <functional>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

namespace replearn::sammon {

/// Where the distances d* of n points come from, a block at a time.
struct GivenDistances {
  Index points = 0;
  /// Writes those of points [a, a + a_count) from [b, b + b_count) to out[i * stride + j]. One rank by itself.
  std::function<void(Index a, Index a_count, Index b, Index b_count, float* out, Index stride)> measure;
  bool symmetric = true;     ///< false: has to be looked at
  double bytes_of_node = 0;  ///< what the source itself keeps
};

/// Between the rows of x (n x d), which every node then holds whole: 4 n d bytes. All ranks. Throws InputError if a
/// value is not finite.
GivenDistances between_rows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric);
/// The same of the rows that `points` names, in that order.
GivenDistances between_rows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric,
                            const std::vector<Index>& points);

/// Those of some of the points, in any order: fast if they rise. Local.
GivenDistances among(GivenDistances all, std::vector<Index> points);

}  // namespace replearn::sammon
