#pragma once
#include <cmath>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/sammon/pair_tiles.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {

/// Adds up, for each of n points, `width` numbers that come from many tiles on many ranks: as integers, whose sums do
/// not mind the order. Memory: 8 n width bytes a rank.
class RowTotals {
 public:
  /// bound: of the sum of |term| of any number. The same on all ranks, finite.
  RowTotals(double bound, const PairTiles& tiles, Index width)
      : width_(width), points_(tiles.points()), side_(tiles.side()), sums_(bound, tiles.points() * width, 1) {}

  /// values: width x side, those of the points of a group. Local.
  void add(Index group, const float* values) {
    const Index begin = group * side_, count = std::min(side_, points_ - begin);
    const double scale = sums_.scale();
    Index* to = sums_.integers().data() + begin * width_;
    for (Index k = 0; k < width_; ++k) {
      for (Index i = 0; i < count; ++i) {
        to[i * width_ + k] += static_cast<Index>(std::nearbyint(scale * static_cast<double>(values[k * side_ + i])));
      }
    }
  }

  /// My rows x width. All ranks; sends 8 n width bytes.
  RowMatrixD mine(const mpi::Communicator& comm, const RowPartition& partition) {
    RowMatrixD out(partition.count(comm.rank()), width_);
    std::vector<Index> integers(static_cast<std::size_t>(out.size()));
    mpi::reduce_scatter_sum(comm, std::span<const Index>(sums_.integers()), std::span<Index>(integers),
                            partition.counts(width_));
    for (Index k = 0; k < out.size(); ++k) {
      out.data()[k] = static_cast<double>(integers[static_cast<std::size_t>(k)]) / sums_.scale();
    }
    return out;
  }

 private:
  Index width_, points_, side_;
  mpi::FixedPointSum sums_;
};

}  // namespace replearn::sammon
