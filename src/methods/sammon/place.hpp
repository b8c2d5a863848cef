#pragma once
#include <cstdint>
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "methods/sammon/stress_kernel.hpp"
#include "numerics/metric.hpp"

namespace replearn::sammon {

struct PlaceOptions {
  PairWeight weight;
  Metric metric = Metric::euclidean;
  Index iterations = 300;   ///< maximum number of iterations
  double tolerance = 3e-5;  ///< a point has converged when it moves by less than this fraction of the mean distance

  /// Throws InputError naming the option.
  void validate() const;
};

struct Placed {
  DistributedMatrix points;   ///< n x q
  std::vector<float> stress;  ///< for each local row: sum_j w (d* - d)^2 / sum_j w d*^2 over the reference
  double mean_stress = 0;
};

/// Places each row of x (n x d) in a fixed reference map, as if it were the only new row: at the minimum of sum_j w_ij
/// (d*_ij - d_ij)^2 over the m reference points, found by majorization from the mean of its three nearest neighbors.
/// With a single free point the majorant is given by the weights themselves: y_i += t e1_i / sum_j w_ij, which never
/// increases the stress for t < 2. A row at distance 0 from a reference row is placed on its point.
///
/// reference: m x d and map: m x q, the same on every rank. All ranks; equal to the bit on any number of them.
/// Throws InputError if a value is not finite or the columns differ.
/// Cost: n m / p distances of 3 d flops, and about 50 times 0.3 ns per pair.
/// Memory: 400 m bytes per rank in addition.
Placed place(const mpi::Communicator& comm, const DistributedMatrix& x, const RowMatrix& reference,
             const RowMatrix& map, const PlaceOptions& options, const Log& log = Log());

/// `count` rows drawn at random by (seed, row): 1 for each local row in the sample. Local.
std::vector<std::uint8_t> random_landmarks(const RowPartition& partition, int rank, Index count, std::uint64_t seed);

}  // namespace replearn::sammon
