#pragma once
#include <cstdint>
#include <vector>

#include "base/log.hpp"
#include "methods/sammon/given_distances.hpp"
#include "methods/sammon/pair_tiles.hpp"

namespace replearn::sammon {

/// What becomes of two points at distance 0 where the weight is infinite (Sammon's is); where it is not they are a pair
/// as any other, but may be merged. error: named and refused; merge: they
/// are one point, as heavy as both; epsilon: their distance counts as half of the smallest there is.
enum class ZeroDistance { error, merge, epsilon };

/// float32: as measured. uint16: in 65,535 steps up to the largest, half the memory.
enum class Precision { float32, uint16 };

struct StorageOptions {
  Precision precision = Precision::float32;
  double memory = 0;  ///< bytes a rank may use; beyond, distances are measured anew each time. 0: by what the node has
};

/// The pairs of n points that this rank works on, with their given distances d*, a tile at a time: kept where they fit,
/// else measured anew each time they are asked for; the same bits either way. There is never an n x n matrix in one
/// place: kept are 2 n^2 / p bytes a rank (float32; half that as uint16), each pair once.
class InputDistances {
 public:
  /// point_weights: of my rows of RowPartition(n, p); empty: all 1. A pair's weight is `weight` of its distance times
  /// those of its points. All ranks; comm need not outlive it. Throws InputError if two points are infinitely far apart
  /// or at distance 0 (which the caller has seen to if they are to be merged), or the distances are not symmetric.
  /// Cost: all pairs are measured once if they are kept, else twice.
  InputDistances(const mpi::Communicator& comm, GivenDistances given, PairWeight weight,
                 const std::vector<float>& point_weights, const StorageOptions& storage, ZeroDistance zeros,
                 const Log& log);

  const RowPartition& partition() const { return partition_; }
  const PairTiles& tiles() const { return tiles_; }
  const PairWeight& weight() const { return weight_; }
  /// side x side distances; 0 where there is no pair: in padding, on and below the diagonal. Valid until the next call.
  /// Local.
  const float* tile(Index index) const;
  /// Of a group of points; nullptr: all 1.
  const float* group_weights(Index group) const {
    return point_weights_.empty() ? nullptr : point_weights_.data() + group * tiles_.side();
  }

  /// sum over pairs of w d*^2 over all ranks: what stress is divided by. With Sammon's weight the paper's c, sum d*.
  double sum() const { return sum_; }
  /// For each of my rows, sum_j w_ij.
  const std::vector<double>& weights() const { return weights_; }
  /// sum_j w_ij over all points, and the largest of them; the largest weight of a pair.
  double total_weight() const { return total_weight_; }
  double largest_row_weight() const { return largest_row_weight_; }
  double largest_weight() const { return largest_weight_; }
  float largest() const { return largest_; }
  /// The root of the weighted mean of d*^2: a length to measure others by.
  double length() const;

 private:
  void measure(Index tile, float* out) const;
  void read_all(const mpi::Communicator& comm, bool keep);
  void settle_zeros(const mpi::Communicator& comm, ZeroDistance zeros);
  void fill_zeros(Index tile, float* block) const;
  [[noreturn]] void name_first_twins(const mpi::Communicator& comm) const;
  void keep_as_steps(const mpi::Communicator& comm, const Log& log, bool keep);
  void add_up(const mpi::Communicator& comm);

  GivenDistances given_;
  RowPartition partition_;
  PairTiles tiles_;
  int rank_;
  PairWeight weight_;
  std::vector<float> point_weights_;  // of all points, padded; empty: all 1
  std::vector<float> kept_;
  std::vector<std::uint16_t> steps_;
  float step_ = 0;  // of uint16; 0: float32
  float least_ = 0, min_positive_ = 0, largest_ = 0;
  float zero_becomes_ = 0;
  mutable std::vector<float> measured_;
  mutable Index measured_tile_ = -1;
  double sum_ = 0, total_weight_ = 0, largest_row_weight_ = 0, largest_weight_ = 0;
  std::vector<double> weights_;
};

}  // namespace replearn::sammon
