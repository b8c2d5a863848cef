#include "methods/sammon/place.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/sammon/units.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/blocked_distances.hpp"
#include "numerics/require_finite.hpp"

namespace replearn::sammon {
namespace {

constexpr Index side = 2 * stress_tile_step;  // points placed in parallel

/// Overrelaxation: a step of less than twice the distance to the majorant's minimum still decreases the value (de Leeuw
/// and Heiser 1980).
constexpr double overshoot = 1.7;

/// The reference map in groups of `side` points, each as q coordinate arrays.
std::vector<float> in_groups(const RowMatrix& map) {
  const Index q = map.cols();
  std::vector<float> groups(ceil_div(map.rows(), side) * side * q, 0.0f);
  for (Index i = 0; i < map.rows(); ++i) {
    for (Index p = 0; p < q; ++p) groups[(i / side * q + p) * side + i % side] = map(i, p);
  }
  return groups;
}

/// A group of up to `side` points being placed.
class Block {
 public:
  Block(const RowMatrix& map, const std::vector<float>& groups, const PlaceOptions& options)
      : map_(map), groups_(groups), options_(options), q_(map.cols()), count_(ceil_div(map.rows(), side)) {
    distances_.resize(count_ * side * side);
  }

  void place(const float* rows, Index points, const RowMatrix& reference, float* out, float* stress) {
    measure(rows, points, reference);
    start(points);
    std::vector<double> weights(side), squares(weights.size()), means(weights.size());
    weigh(points, weights, squares, means);
    std::vector<double> first(side * q_), left(weights.size());
    for (Index iteration = 0;; ++iteration) {
      evaluate(Detail::gradient, first, left);
      bool moving = false;
      for (Index i = 0; i < points && iteration < options_.iterations; ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (!free_[at] || !(weights[at] > 0)) continue;
        double step = 0;
        for (Index p = 0; p < q_; ++p) {
          const double move = overshoot * first[p * side + i] / weights[at];
          y_[p * side + i] += static_cast<float>(move);
          step += move * move;
        }
        free_[at] = std::sqrt(step) > options_.tolerance * means[at];
        moving = moving || free_[at];
      }
      if (!moving) break;
    }
    evaluate(Detail::all, first, left);
    for (Index i = 0; i < points; ++i) {
      const auto at = static_cast<std::size_t>(i);
      stress[i] = squares[at] > 0 ? static_cast<float>(left[at] / squares[at]) : 0;
      for (Index p = 0; p < q_; ++p) out[i * q_ + p] = y_[p * side + i];
    }
  }

 private:
  float* tile(Index group) { return distances_.data() + group * side * side; }
  Index size_of(Index group) const { return std::min(side, map_.rows() - group * side); }

  void measure(const float* rows, Index points, const RowMatrix& reference) {
    std::fill(distances_.begin(), distances_.end(), 0.0f);
    for (Index group = 0; group < count_; ++group) {
      direct_distances(options_.metric, rows, points, reference.data() + group * side * reference.cols(),
                       size_of(group), reference.cols(), tile(group), side);
    }
  }

  /// Initial position: the mean of the three nearest reference points, weighted by inverse distance; that of an exact
  /// duplicate if there is one.
  void start(Index points) {
    y_.assign(side * q_, 0.0f);
    free_.assign(side, false);
    for (Index i = 0; i < points; ++i) {
      constexpr float infinity = std::numeric_limits<float>::infinity();
      std::array<std::pair<float, Index>, 3> nearest;
      nearest.fill({infinity, -1});
      for (Index group = 0; group < count_; ++group) {
        const float* row = tile(group) + i * side;
        for (Index j = 0; j < size_of(group); ++j) {
          if (!(row[j] < nearest[2].first)) continue;
          nearest[2] = {row[j], group * side + j};
          std::sort(nearest.begin(), nearest.end());
        }
      }
      const bool twin = nearest[0].first == 0;
      double sum = 0;
      std::vector<double> place(q_, 0.0);
      for (const auto& [distance, j] : nearest) {
        if (j < 0 || (twin && distance > 0)) break;
        const double share = twin ? 1 : 1 / static_cast<double>(distance);
        sum += share;
        for (Index p = 0; p < q_; ++p) place[p] += share * static_cast<double>(map_(j, p));
        if (twin) break;
      }
      for (Index p = 0; p < q_; ++p) {
        y_[p * side + i] = static_cast<float>(place[p] / sum);
      }
      free_[i] = !twin;
    }
  }

  void weigh(Index points, std::vector<double>& weights, std::vector<double>& squares, std::vector<double>& means) {
    for (Index i = 0; i < points; ++i) {
      const auto at = static_cast<std::size_t>(i);
      double sum = 0;
      for (Index group = 0; group < count_; ++group) {
        const float* row = tile(group) + i * side;
        for (Index j = 0; j < size_of(group); ++j) {
          if (!(row[j] > 0)) continue;
          const double g = static_cast<double>(row[j]), w = options_.weight(g);
          weights[at] += w;
          squares[at] += w * g * g;
          sum += g;
        }
      }
      means[at] = sum / static_cast<double>(map_.rows());
    }
  }

  void evaluate(Detail detail, std::vector<double>& first, std::vector<double>& left) {
    std::fill(first.begin(), first.end(), 0.0);
    std::fill(left.begin(), left.end(), 0.0);
    TileSums sums(side, q_);
    for (Index group = 0; group < count_; ++group) {
      stress_tile(options_.weight, side, q_, tile(group), {y_.data(), nullptr},
                  {groups_.data() + group * side * q_, nullptr}, detail, sums);
      for (std::size_t k = 0; k < first.size(); ++k) first[k] += static_cast<double>(sums.first_a[k]);
      for (std::size_t k = 0; k < left.size(); ++k) left[k] += static_cast<double>(sums.point_a[k]);
    }
  }

  const RowMatrix& map_;
  const std::vector<float>& groups_;
  const PlaceOptions& options_;
  Index q_, count_;
  std::vector<float> distances_, y_;
  std::vector<bool> free_;
};

}  // namespace

void PlaceOptions::validate() const {
  metric.validate();
  if (iterations < 0) throw InputError("", "--iterations", std::to_string(iterations) + " is negative", "take 300");
}

namespace {

/// Runs in units in which squared distances fit in float32.
Placed place_in_units(const mpi::Communicator& comm, const DistributedMatrix& x, const RowMatrix& reference,
                      const RowMatrix& map, const PlaceOptions& options);

}  // namespace

Placed place(const mpi::Communicator& comm, const DistributedMatrix& x, const RowMatrix& reference,
             const RowMatrix& map, const PlaceOptions& options, const Log& log) {
  options.validate();
  if (reference.rows() != map.rows() || map.rows() < 1 || map.cols() < 1 || reference.cols() != x.columns()) {
    throw InputError("", "the reference",
                     fmt::format("has {} x {} data and {} x {} map for {} columns", reference.rows(), reference.cols(),
                                 map.rows(), map.cols(), x.columns()),
                     "use the same space for both");
  }
  if (!reference.allFinite() || !map.allFinite()) {
    throw InputError("", "the reference", "holds a value that is not finite", "replace NaN and infinities");
  }
  require_finite(comm, x);
  log.line(fmt::format("sammon: placing {} points among {}; ", x.rows(), map.rows()) +
           bytes_text(4.0 * static_cast<double>(map.rows() * (side + map.cols() + reference.cols()))) + " per rank");
  const Units units = scale_units(reference, options.metric);
  if (units.data == 1 && units.length == 1) return place_in_units(comm, x, reference, map, options);
  const auto divided = [](const RowMatrix& rows, double unit) -> RowMatrix {
    return (rows.cast<double>() / unit).cast<float>();
  };
  PlaceOptions scaled = options;
  scaled.weight = in_units(options.weight, units.length);
  DistributedMatrix copy;
  auto placed = place_in_units(comm, replearn::in_units(x, units.data, copy), divided(reference, units.data),
                               divided(map, units.length), scaled);
  placed.points.local = (placed.points.local.cast<double>() * units.length).cast<float>();
  return placed;
}

namespace {

Placed place_in_units(const mpi::Communicator& comm, const DistributedMatrix& x, const RowMatrix& reference,
                      const RowMatrix& map, const PlaceOptions& options) {
  Placed placed{DistributedMatrix(x.partition, x.rank, map.cols()),
                std::vector<float>(static_cast<std::size_t>(x.local_rows())), 0};
  const auto groups = in_groups(map);
  std::vector<double> partials;
  mpi::run_collectively(comm, [&] {
    Block block(map, groups, options);
    for (Index i = 0; i < x.local_rows(); i += side) {
      block.place(x.local.data() + i * x.columns(), std::min(side, x.local_rows() - i), reference,
                  placed.points.local.data() + i * map.cols(), placed.stress.data() + i);
    }
    for (Index b = x.partition.first_block(x.rank); b < x.partition.end_block(x.rank); ++b) {
      double sum = 0;
      for (Index i = x.partition.block_begin(b); i < x.partition.block_end(b); ++i) {
        sum += static_cast<double>(placed.stress[i - x.first_row()]);
      }
      partials.push_back(sum);
    }
  });
  placed.mean_stress =
      mpi::reproducible_sum(comm, partials, x.partition.blocks()) / static_cast<double>(std::max<Index>(x.rows(), 1));
  return placed;
}

}  // namespace

std::vector<std::uint8_t> random_landmarks(const RowPartition& partition, int rank, Index count, std::uint64_t seed) {
  std::vector<std::pair<std::uint64_t, Index>> keys;
  for (Index row = 0; row < partition.rows(); ++row) {
    RandomStream draw(seed, Purpose::sammon_landmarks, static_cast<std::uint64_t>(row));
    const auto high = static_cast<std::uint64_t>(draw.next_u32());
    keys.emplace_back(high << 32 | draw.next_u32(), row);
  }
  std::nth_element(keys.begin(), keys.begin() + count, keys.end());
  std::vector<std::uint8_t> mine(partition.count(rank), 0);
  for (Index k = 0; k < count; ++k) {
    const Index at = keys[k].second - partition.begin(rank);
    if (at >= 0 && at < partition.count(rank)) mine[at] = 1;
  }
  return mine;
}

}  // namespace replearn::sammon
