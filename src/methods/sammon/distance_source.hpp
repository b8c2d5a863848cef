#pragma once
#include <functional>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

namespace replearn::sammon {

/// A source of the distances d* of n points, read block by block.
struct DistanceSource {
  Index points = 0;
  /// Writes the distances of points [a, a + a_count) from [b, b + b_count) to out[i * stride + j]. Local.
  std::function<void(Index a, Index a_count, Index b, Index b_count, float* out, Index stride)> measure;
  bool symmetric = true;     ///< false: symmetry must be checked
  double bytes_of_node = 0;  ///< memory per node held by the source itself
};

/// Distances between the rows of x (n x d), all of which each node then holds: 4 n d bytes. All ranks. Throws
/// InputError if a value is not finite.
DistanceSource between_rows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric);
/// Distances between the rows listed in `points`, in that order.
DistanceSource between_rows(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric,
                            const std::vector<Index>& points);

/// The distances of a subset of the points, in any order; fastest in ascending order. Local.
DistanceSource subset_of(DistanceSource all, std::vector<Index> points);

}  // namespace replearn::sammon
