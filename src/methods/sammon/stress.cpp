#include "methods/sammon/stress.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "methods/sammon/row_totals.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

/// Above this, squared distances overflow.
constexpr double widest = 1e18;

/// e2 of a pair diverges if two map points nearly coincide. Since it only limits the step length, the sum of a tile is
/// capped at this multiple of the weights of its pairs.
constexpr float steepest = 1e6f;

/// An upper bound of the map distances, identical on all ranks.
double width_of(const std::vector<float>& coordinates, const PairTiles& tiles, Index q) {
  double sum = 0;
  for (Index p = 0; p < q; ++p) {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (Index group = 0; group < tiles.group_count(); ++group) {
      const float* y = coordinates.data() + (group * q + p) * tiles.side();
      for (Index i = 0; i < tiles.group_size(group); ++i) {
        if (!std::isfinite(y[i])) return std::numeric_limits<double>::infinity();
        low = std::min(low, y[i]);
        high = std::max(high, y[i]);
      }
    }
    sum += static_cast<double>(high) - static_cast<double>(low);
  }
  return sum;
}

}  // namespace

std::vector<float> gather_groups(const mpi::Communicator& comm, const RowPartition& partition, const PairTiles& tiles,
                                 const RowMatrixD& y) {
  const Index q = y.cols(), side = tiles.side();
  DistributedMatrix mine(partition, comm.rank(), q);
  mine.local = y.cast<float>();
  const RowMatrix all = all_gather_rows(comm, mine);
  std::vector<float> coordinates(tiles.padded() * q, 0.0f);
  for (Index i = 0; i < all.rows(); ++i) {
    float* group = coordinates.data() + i / side * side * q;
    for (Index p = 0; p < q; ++p) group[p * side + i % side] = all(i, p);
  }
  return coordinates;
}

Evaluation evaluate(const mpi::Communicator& comm, const StoredDistances& given, const RowMatrixD& y, Detail detail) {
  const auto& tiles = given.tiles();
  const Index q = y.cols(), side = tiles.side();
  const bool all = detail == Detail::all;
  const auto coordinates = gather_groups(comm, given.partition(), tiles, y);
  const double width = width_of(coordinates, tiles, q);
  Evaluation result;
  if (!(width < widest)) {
    result.stress = std::numeric_limits<double>::infinity();
    result.e1 = RowMatrixD::Zero(y.rows(), q);
    if (all) {
      result.e2 = RowMatrixD::Zero(y.rows(), q);
      result.point_stress = RowMatrixD::Zero(y.rows(), 1);
    }
    return result;
  }
  // Bound of the sum of a row: n pairs with at most the largest weight, whose distance error is at most `off`.
  const double off = width + static_cast<double>(given.largest());
  const double heaviest = 2 * static_cast<double>(tiles.points()) * given.largest_weight();
  const float cut = steepest * static_cast<float>(given.largest_weight());
  RowTotals e1(heaviest * off, tiles, q);
  std::optional<RowTotals> e2, point;
  if (all) {
    e2.emplace(2 * static_cast<double>(cut) * static_cast<double>(tiles.group_count()), tiles, q);
    point.emplace(heaviest * off * off, tiles, 1);
  }
  const auto points_of = [&](Index group) {
    return TilePoints{coordinates.data() + group * side * q, given.group_weights(group)};
  };
  std::vector<double> partials;
  TileSums sums(side, q);
  mpi::run_collectively(comm, [&] {
    for (Index tile = tiles.first(comm.rank()); tile < tiles.end(comm.rank()); ++tile) {
      const auto [row, column] = tiles.groups(tile);
      stress_tile(given.weight(), side, q, given.tile(tile), points_of(row), points_of(column), detail, sums);
      partials.push_back(sums.stress);
      e1.add(row, sums.first_a.data());
      e1.add(column, sums.first_b.data());
      if (!all) continue;
      for (auto* second : {&sums.second_a, &sums.second_b}) {
        for (float& value : *second) value = std::clamp(value, -cut, cut);
      }
      e2->add(row, sums.second_a.data());
      e2->add(column, sums.second_b.data());
      point->add(row, sums.point_a.data());
      point->add(column, sums.point_b.data());
    }
  });
  result.stress = mpi::reproducible_sum(comm, partials, tiles.tiles()) / given.sum();
  result.e1 = e1.mine(comm, given.partition());
  if (all) {
    result.e2 = e2->mine(comm, given.partition());
    result.point_stress = point->mine(comm, given.partition());
  }
  return result;
}

}  // namespace replearn::sammon
