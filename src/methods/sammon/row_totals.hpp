#pragma once
#include <cmath>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/sammon/pair_tiles.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {

/// Sums `width` numbers for each of n points over many tiles on many ranks, as integers, whose sum does not depend on
/// the order. Memory: 16 n width bytes per rank.
class RowTotals {
 public:
  /// bound: on the sum of |term| for any number. The same on all ranks, finite.
  RowTotals(double bound, const PairTiles& tiles, Index width)
      : width_(width), points_(tiles.points()), side_(tiles.side()), sums_(bound, tiles.points() * width, 1) {}

  /// values: width x side, for the points of a group. Local.
  void add(Index group, const float* values) {
    const Index begin = group * side_, count = std::min(side_, points_ - begin);
    const double scale = sums_.scale();
    for (Index k = 0; k < width_; ++k, values += side_) {
      Index* to = sums_.integers().data() + k * points_ + begin;
      for (Index i = 0; i < count; ++i) {
        to[i] += static_cast<Index>(std::nearbyint(scale * static_cast<double>(values[i])));
      }
    }
  }

  /// Local rows x width. All ranks; sends 8 n width bytes.
  RowMatrixD mine(const mpi::Communicator& comm, const RowPartition& partition) {
    RowMatrixD out(partition.count(comm.rank()), width_);
    std::vector<Index> integers(out.size()), all(sums_.integers().size());
    for (Index i = 0; i < points_; ++i) {  // row by row, in the order of ownership
      for (Index k = 0; k < width_; ++k) {
        all[i * width_ + k] = sums_.integers()[k * points_ + i];
      }
    }
    mpi::reduce_scatter_sum(comm, std::span<const Index>(all), std::span<Index>(integers), partition.counts(width_));
    for (Index k = 0; k < out.size(); ++k) {
      out.data()[k] = static_cast<double>(integers[k]) / sums_.scale();
    }
    return out;
  }

 private:
  Index width_, points_, side_;
  mpi::FixedPointSum sums_;
};

}  // namespace replearn::sammon
