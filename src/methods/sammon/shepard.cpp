#include "methods/sammon/shepard.hpp"

#include <algorithm>
#include <cmath>

#include "mpi/collectives.hpp"

namespace replearn::sammon {

ShepardCounts count_shepard(const mpi::Communicator& comm, const StoredDistances& given, const RowMatrixD& y,
                            Index bins, double most) {
  const auto& tiles = given.tiles();
  const Index q = y.cols(), side = tiles.side();
  const auto coordinates = gather_groups(comm, given.partition(), tiles, y);
  const double pairs = 0.5 * static_cast<double>(tiles.points()) * static_cast<double>(tiles.points());
  const auto every = std::max<Index>(1, static_cast<Index>(std::ceil(pairs / most)));
  std::vector<float> row(side);
  // The given distance and the squared map distance of each counted pair of a tile.
  const auto visit = [&](auto count_pair) {
    for (Index tile = tiles.first(comm.rank()); tile < tiles.end(comm.rank()); ++tile) {
      if (tile % every != 0) continue;
      const auto [a, b] = tiles.groups(tile);
      const float *block = given.tile(tile), *x = coordinates.data() + a * side * q,
                  *z = coordinates.data() + b * side * q;
      for (Index i = 0; i < tiles.group_size(a); ++i) {
        std::fill(row.begin(), row.end(), 0.0f);
        for (Index p = 0; p < q; ++p) {
          const float x_i = x[p * side + i];
          for (Index j = 0; j < side; ++j) {
            const float apart = x_i - z[p * side + j];
            row[j] += apart * apart;
          }
        }
        for (Index j = 0; j < side; ++j) {
          if (block[i * side + j] > 0) count_pair(block[i * side + j], row[j]);
        }
      }
    }
  };
  float farthest = 0;
  visit([&](float, float square) { farthest = std::max(farthest, square); });
  farthest = std::sqrt(mpi::all_reduce(comm, farthest, mpi::Reduction::max));

  ShepardCounts result;
  result.bins = bins;
  result.given_to = static_cast<double>(given.largest());
  result.map_to = static_cast<double>(farthest) > 0 ? static_cast<double>(farthest) : 1;
  result.counts.assign(bins * bins, 0);
  const float per_given = static_cast<float>(static_cast<double>(bins) / result.given_to);
  const float per_map = static_cast<float>(static_cast<double>(bins) / result.map_to);
  visit([&](float distance, float square) {
    const auto i = std::min(bins - 1, static_cast<Index>(distance * per_given));
    const auto j = std::min(bins - 1, static_cast<Index>(std::sqrt(square) * per_map));
    ++result.counts[i * bins + j];
  });
  mpi::all_reduce(comm, std::span<Index>(result.counts), mpi::Reduction::sum);
  for (const Index count : result.counts) result.pairs += count;
  return result;
}

}  // namespace replearn::sammon
