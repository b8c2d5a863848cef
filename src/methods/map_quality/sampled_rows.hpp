#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "methods/map_quality/space.hpp"

namespace replearn::map_quality {

/// `count` of n rows at random without replacement, ascending; all if count >= n. Local; the same on every rank. Cost: n
/// random numbers.
std::vector<Index> sample_rows(Index n, Index count, std::uint64_t seed, Purpose purpose = Purpose::evaluation_rows);

/// The default number of sampled rows: 1e8 pairs, at least 1,000 rows.
Index default_sample(Index n);

/// Sums over pairs of their distance D in the reference and d in a map. Pairs with D = 0 do not contribute to the last.
struct PairSums {
  double reference = 0, reference_squares = 0, map = 0, map_squares = 0, products = 0;
  double relative_squares = 0;    ///< d^2 / D
  double with_distance = 0;       ///< d of the pairs with D > 0
  static constexpr Index count = 7;
  std::array<double, 7> all() const {
    return {reference, reference_squares, map, map_squares, products, relative_squares, with_distance};
  }
  static PairSums of(const double* sums) {
    return {sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6]};
  }
};

/// Sampled rows beside all other rows, in the reference and in a map.
struct SampledComparison {
  /// Histogram over the sample of the larger of a pair's two ranks: larger_ranks[r - 1] pairs have r, 1 <= r < n.
  std::vector<Index> larger_ranks;
  /// Of each sampled row, in order: area under its R_NX curve; Q_NX(k), and the sum of Q_NX(1) to Q_NX(k), for each k of
  /// curve_sizes.
  std::vector<double> areas, q_values, q_sums;
  /// Of each sampled row.
  std::vector<PairSums> sums;
  /// Distances in the reference and in the map of some pairs: pairs_per_row of each sampled row with random other rows.
  std::vector<double> pair_references, pair_maps;
};
constexpr Index pairs_per_row = 1000;

/// Neighborhood sizes k of curves: all up to 32, then 16 per doubling, and n - 2. n >= 3.
std::vector<Index> curve_sizes(Index n);

/// Sorts all rows by their distance from each sampled row, in the reference and each map, with ties by index. Each
/// sampled row is processed by one rank. Collective; results on all ranks, bit-identical on any number of them.
/// Cost per sampled row and space: n distances in float64 and a radix sort. Memory: 8 n bytes per map, and 24 n.
std::vector<SampledComparison> compare_sampled_rows(const mpi::Communicator& comm, const Space& reference,
                                                    const std::vector<const Space*>& maps,
                                                    const std::vector<Index>& sample, std::uint64_t seed);

}  // namespace replearn::map_quality
