#pragma once
#include <cstdint>
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"
#include "numerics/stress_tile.hpp"

namespace replearn::sammon {

struct PlaceOptions {
  PairWeight weight;
  Metric metric = Metric::euclidean;
  Index iterations = 300;   ///< at most
  double tolerance = 3e-5;  ///< a point is at rest when it moves by less than this share of the mean distance

  /// Throws InputError naming the option.
  void validate() const;
};

struct Placed {
  DistributedMatrix points;   ///< n x q
  std::vector<float> stress;  ///< of each of my rows: sum_j w (d* - d)^2 / sum_j w d*^2 over the reference
  double mean_stress = 0;
};

/// Puts each row of x (n x d) into the map of a reference, which stays as it is, as if it came alone: where
/// sum_j w_ij (d*_ij - d_ij)^2 over the m reference points is least, found by majorization from the mean of its three
/// nearest. With one point free the majorant is that of its weights themselves: y_i += t e1_i / sum_j w_ij, which for
/// no t below 2 lets its stress rise. A row at distance 0 from a reference row goes to that point.
///
/// reference: m x d and map: m x q, the same on every rank. All ranks; equal to the bit on any number of them. Throws
/// InputError if a value is not finite or columns differ.
/// Cost: n m / p distances of 3 d flops, and some 50 times 0.3 ns a pair. Memory: 400 m bytes a rank besides.
Placed place(const mpi::Communicator& comm, const DistributedMatrix& x, const RowMatrix& reference,
             const RowMatrix& map, const PlaceOptions& options, const Log& log = Log());

/// So many rows drawn at random by (seed, row): 1 for each of mine that is one. Local.
std::vector<std::uint8_t> random_landmarks(const RowPartition& partition, int rank, Index count, std::uint64_t seed);

}  // namespace replearn::sammon
