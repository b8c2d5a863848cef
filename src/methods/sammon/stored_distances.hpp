#pragma once
#include <cstdint>
#include <vector>

#include "base/log.hpp"
#include "methods/sammon/distance_source.hpp"
#include "methods/sammon/pair_tiles.hpp"

namespace replearn::sammon {

/// Treatment of two points at distance 0 where the weight is infinite, as Sammon's is. With finite weights they are an
/// ordinary pair, but may be merged. error: the points are named in an InputError; merge: they become one point with
/// the sum of their weights; epsilon: their distance counts as half of the smallest positive one.
enum class ZeroDistance { error, merge, epsilon };

/// float32: full precision. uint16: quantized in 65,535 steps up to the largest distance, at half the memory.
enum class Precision { float32, uint16 };

struct StorageOptions {
  Precision precision = Precision::float32;
  double memory =
      0;  ///< bytes per rank for distances, which are recomputed beyond that; 0: by the free memory of the node
};

/// The pairs of n points assigned to this rank with their given distances d*, tile by tile. Distances are stored if
/// they fit in memory and recomputed on each access otherwise, with identical bits. No n x n matrix exists in one
/// place: each pair is stored once, 2 n^2 / p bytes per rank (float32; half as much with uint16).
class StoredDistances {
 public:
  /// point_weights: for the local rows of RowPartition(n, p); empty: all 1. The weight of a pair is `weight` of its
  /// distance times the weights of its points. All ranks; comm need not outlive it.
  /// Throws InputError if two points are infinitely far apart or at distance 0 (duplicates to be merged must have been
  /// merged by the caller), or if the distances are not symmetric.
  /// Cost: all pairs are measured once if they are stored, else twice.
  StoredDistances(const mpi::Communicator& comm, DistanceSource given, PairWeight weight,
                  const std::vector<float>& point_weights, const StorageOptions& storage, ZeroDistance zeros,
                  const Log& log);

  const RowPartition& partition() const { return partition_; }
  const PairTiles& tiles() const { return tiles_; }
  const PairWeight& weight() const { return weight_; }
  /// side x side distances; 0 where there is no pair: in the padding, on and below the diagonal. Valid until the next
  /// call. Local.
  const float* tile(Index index) const;
  /// Point weights of a group; nullptr: all 1.
  const float* group_weights(Index group) const {
    return point_weights_.empty() ? nullptr : point_weights_.data() + group * tiles_.side();
  }

  /// Sum of w d*^2 over all pairs of all ranks, the normalization of the stress. With Sammon's weight the paper's c,
  /// sum d*.
  double sum() const { return sum_; }
  /// For each local row, sum_j w_ij.
  const std::vector<double>& weights() const { return weights_; }
  /// Sum of w_ij over all points j and rows i, the largest row sum, and the largest weight of a pair.
  double total_weight() const { return total_weight_; }
  double largest_row_weight() const { return largest_row_weight_; }
  double largest_weight() const { return largest_weight_; }
  float largest() const { return largest_; }
  /// Square root of the weighted mean of d*^2: the unit of length for penalties.
  double length() const;

 private:
  void measure(Index tile, float* out) const;
  void read_all(const mpi::Communicator& comm, bool keep);
  void replace_zeros(const mpi::Communicator& comm, ZeroDistance zeros);
  void fill_zeros(Index tile, float* block) const;
  [[noreturn]] void refuse_duplicates(const mpi::Communicator& comm) const;
  void quantize(const mpi::Communicator& comm, const Log& log, bool keep);
  void sum_weights(const mpi::Communicator& comm);

  DistanceSource given_;
  RowPartition partition_;
  PairTiles tiles_;
  int rank_;
  PairWeight weight_;
  std::vector<float> point_weights_;  // for all points, padded; empty: all 1
  std::vector<float> stored_;
  std::vector<std::uint16_t> quantized_;
  float quantization_step_ = 0;  // of uint16; 0: float32
  float min_ = 0, min_positive_ = 0, largest_ = 0;
  float zero_replacement_ = 0;
  mutable std::vector<float> measured_;
  mutable Index measured_tile_ = -1;
  double sum_ = 0, total_weight_ = 0, largest_row_weight_ = 0, largest_weight_ = 0;
  std::vector<double> weights_;
};

}  // namespace replearn::sammon
