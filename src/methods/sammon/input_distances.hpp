#pragma once
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "numerics/blocked_distances.hpp"

namespace replearn::sammon {

/// The given distances d*_ij of my rows to all rows, a block of rows at a time: kept (float32, 4 n^2 / p bytes a rank)
/// where they fit, else computed from the data each time they are asked for; the same bits either way. There is never
/// an n x n matrix in one place.
class InputDistances {
 public:
  /// All ranks. Throws InputError if a value of x is not finite or two rows are at distance 0 or
  /// infinitely far apart.
  InputDistances(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric, double memory,
                 const Log& log);

  /// Rows of a global block that this rank owns: (rows in the block) x n. Valid until the next call. Local.
  const float* block(Index block) const;
  const RowPartition& partition() const { return partition_; }
  /// sum_{i<j} d*_ij over all ranks: the c of equation (1).
  double sum() const { return sum_; }
  /// For each of my rows, sum_j 1 / d*_ij.
  const std::vector<double>& weights() const { return weights_; }

 private:
  void compute(Index block, float* out) const;

  RowPartition partition_;
  int rank_;
  Metric metric_;
  RowMatrix x_;  // all rows; empty once the distances are kept
  std::vector<float> kept_;
  mutable std::vector<float> computed_;
  double sum_ = 0;
  std::vector<double> weights_;
};

}  // namespace replearn::sammon
