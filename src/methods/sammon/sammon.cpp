#include "methods/sammon/sammon.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "methods/sammon/checks.hpp"
#include "methods/sammon/duplicates.hpp"
#include "methods/sammon/objective.hpp"
#include "methods/sammon/point_order.hpp"
#include "methods/sammon/schedule.hpp"
#include "methods/sammon/units.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

/// Converts penalty terms of rows to terms of the points that represent them.
PenaltyTerms of_points(const mpi::Communicator& comm, const PointOrder& order, PenaltyTerms terms) {
  if (order.is_identity()) return terms;
  for (auto* group : {&terms.pulls, &terms.pushes}) {
    for (Pull& pull : *group) {
      RowMatrix members(static_cast<Index>(pull.members.size()), 1);
      for (Index i = 0; i < members.rows(); ++i) members(i, 0) = pull.members[i];
      const RowMatrix picked = order.to_points(comm, members);
      pull.members.assign(picked.rows(), 0);
      for (Index i = 0; i < picked.rows(); ++i) pull.members[i] = picked(i, 0) != 0;
    }
  }
  if (mpi::all_reduce(comm, terms.anchors.size(), mpi::Reduction::sum) > 0) {
    terms.anchors = order.to_points(comm, terms.anchors);
  }
  return terms;
}

/// For each row the first row at distance 0; empty if there are no duplicates, or they are not merged. x: nullptr if
/// distances are given. All ranks.
std::vector<Index> rows_to_merge(const mpi::Communicator& comm, const DistributedMatrix* x,
                                 const DistanceSource& distances, const Options& options, const Log& log) {
  if (options.zero_distance != ZeroDistance::merge) return {};
  auto first = x ? first_duplicates(comm, *x, options.metric) : first_duplicates(comm, distances);
  const Index merged = number_of_duplicates(first);
  if (merged == 0) return {};
  log.warning(
      fmt::format("sammon: {} duplicate rows (distance 0 from an earlier row) are merged with that row", merged));
  return first;
}

/// Distances between the points of the map. All ranks.
DistanceSource between_points(const mpi::Communicator& comm, const DistributedMatrix* x, DistanceSource given,
                              Metric metric, const PointOrder& order) {
  if (x && order.is_identity()) return between_rows(comm, *x, metric);
  if (x) return between_rows(comm, *x, metric, order.source());
  return order.is_identity() ? given : subset_of(std::move(given), order.source());
}

}  // namespace

struct State::Implementation {
  /// x: nullptr if `given` are the distances. Both, and the start, are in units of `unit`; weights: of the local rows.
  Implementation(const mpi::Communicator& ranks, const DistributedMatrix* x, DistanceSource given,
                 const DistributedMatrix& start, const Options& chosen, const Log& log, PenaltyTerms terms,
                 std::vector<float> weights, double unit)
      : comm(ranks),
        options(chosen),
        length_unit(unit),
        order(RowPartition(start.rows(), ranks.shares())),
        penalties(ranks, order.points(), {}),
        row_weights(std::move(weights)) {
    check_weights(comm, order.rows(), row_weights);
    options.weight = in_units(options.weight, length_unit);
    terms.anchors /= static_cast<float>(length_unit);
    order_points(x, given, log);
    penalties = Penalties(comm, order.points(), of_points(comm, order, std::move(terms)));
    const auto distances = between_points(comm, x, std::move(given), options.metric, order);
    RowMatrixD y = order.to_points(comm, start.local).cast<double>();
    penalties.put_anchors(y);
    const Index n = order.points().rows();
    if (evaluates_all_pairs(options, n)) {
      pairs.emplace(comm, distances, options.weight, point_weights, options.storage, options.zero_distance, log);
      objective.emplace(comm, *pairs, penalties);
    }
    Stochastic::Points points{distances, options.weight, {}, {}};
    if (begins_stochastic(options, n)) {
      points.weights = mpi::all_gather_v(comm, point_weights);
      points.fixed = penalties.anchored_points();
    }
    schedule.emplace(comm, options, objective ? &*objective : nullptr, penalties, std::move(points), std::move(y), log);
  }

  /// Merges duplicates into one point with their total weight, and shuffles the points if groups of them must be
  /// random.
  void order_points(const DistributedMatrix* x, const DistanceSource& given, const Log& log) {
    const auto first_duplicate = rows_to_merge(comm, x, given, options, log);
    const Index n = order.rows().rows() - number_of_duplicates(first_duplicate);
    if (n < 3) throw InputError("", "the data", "has fewer than 3 rows", "a map needs at least 3 points");
    const bool shuffled = x && begins_stochastic(options, n);
    const bool weighted =
        !first_duplicate.empty() || mpi::all_reduce(comm, int{!row_weights.empty()}, mpi::Reduction::max) > 0;
    if (weighted && row_weights.empty()) {
      row_weights.assign(order.rows().count(comm.rank()), 1.0f);
    }
    if (!first_duplicate.empty() || shuffled) order = PointOrder(order.rows(), first_duplicate, shuffled, options.seed);
    point_weights = weighted ? order.sum_to_points(comm, row_weights) : row_weights;
  }

  const mpi::Communicator& comm;
  Options options;
  double length_unit;  // unit of the map and of distances; see Units
  PointOrder order;
  Penalties penalties;
  std::vector<float> row_weights;        // of the local rows; empty: all 1
  std::vector<float> point_weights;      // of the local points; empty: all 1
  std::optional<StoredDistances> pairs;  // and the objective over them, unless they are too many
  std::optional<Objective> objective;
  std::optional<Schedule> schedule;
};

State::State(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
             const Options& options, const Log& log, PenaltyTerms terms, std::vector<float> point_weights) {
  options.validate();
  if (x.rows() < 3) throw InputError("", "the data", "has fewer than 3 rows", "a map needs at least 3 points");
  check_start(comm, x.rows(), start);
  const Units units = scale_units(comm, x, options.metric);
  DistributedMatrix x_copy, start_copy;
  self_ = std::make_unique<Implementation>(comm, &replearn::in_units(x, units.data, x_copy), DistanceSource{},
                                           replearn::in_units(start, start_unit(comm, start, units.length), start_copy),
                                           options, log, std::move(terms), std::move(point_weights), units.length);
}

State::State(const mpi::Communicator& comm, DistanceSource given, const DistributedMatrix& start,
             const Options& options, const Log& log, PenaltyTerms terms, std::vector<float> point_weights) {
  options.validate();
  if (given.points < 3) throw InputError("", "the data", "has fewer than 3 rows", "a map needs at least 3 points");
  check_start(comm, given.points, start);
  const double unit = units_of(comm, given).length;
  DistributedMatrix start_copy;
  self_ = std::make_unique<Implementation>(comm, nullptr, in_units(std::move(given), unit),
                                           replearn::in_units(start, start_unit(comm, start, unit), start_copy),
                                           options, log, std::move(terms), std::move(point_weights), unit);
}
State::~State() = default;
State::State(State&&) noexcept = default;

void State::run_until(Index step) {
  while (this->step() < step && !converged()) self_->schedule->iterate();
}
Index State::step() const {
  return static_cast<Index>(history().size()) - 1;
}
bool State::converged() const {
  return self_->schedule->done();
}
Index State::stage() const {
  return self_->schedule->stage();
}
const char* State::name_of(Index stage) const {
  return self_->schedule->name_of(stage);
}
double State::cost() const {
  return self_->schedule->cost();
}
const std::vector<double>& State::history() const {
  return self_->schedule->history();
}
NamedArrays State::arrays() {
  return self_->schedule->arrays();
}
void State::resume() {
  self_->schedule->resume();
}

DistributedMatrix State::points() const {
  const auto& comm = self_->comm;
  const auto& partition = self_->order.rows();
  const RowMatrixD y = self_->order.to_rows(comm, self_->schedule->points());
  DistributedMatrix points(partition, comm.rank(), y.cols());
  const double unit = self_->length_unit;
  points.local = (y * unit).cast<float>();
  if (mpi::all_reduce(comm, int{self_->penalties.anchored()}, mpi::Reduction::max) > 0) return points;
  const Index first = partition.begin(comm.rank());
  std::vector<double> partials;
  for (Index b = partition.first_block(comm.rank()); b < partition.end_block(comm.rank()); ++b) {
    std::vector<double> sums(y.cols(), 0.0);
    for (Index i = partition.block_begin(b); i < partition.block_end(b); ++i) {
      for (Index p = 0; p < y.cols(); ++p) sums[p] += y(i - first, p);
    }
    partials.insert(partials.end(), sums.begin(), sums.end());
  }
  const auto sums = mpi::reproducible_sum(comm, partials, y.cols(), partition.blocks());
  for (Index i = 0; i < y.rows(); ++i) {
    for (Index p = 0; p < y.cols(); ++p) {
      const double mean = sums[p] / static_cast<double>(partition.rows());
      points.local(i, p) = static_cast<float>(unit * (y(i, p) - mean));
    }
  }
  return points;
}

State::MapQuality State::quality() const {
  const auto& s = *self_;
  MapQuality quality;
  const RowMatrixD& y = s.schedule->points();
  quality.pulled_distances = s.penalties.pulled_distances(y);
  quality.pushed_distances = s.penalties.pushed_distances(y);
  for (double& distance : quality.pulled_distances) distance *= s.length_unit;
  for (double& distance : quality.pushed_distances) distance *= s.length_unit;
  if (!s.objective) {
    quality.exact = false;
    quality.raw_stress = std::numeric_limits<double>::quiet_NaN();
    const auto& history = s.schedule->history();
    const std::size_t averaged = std::min<std::size_t>(20, history.size() - 1);
    for (std::size_t k = 0; k < averaged; ++k) quality.stress += history[history.size() - 1 - k];
    quality.stress /= static_cast<double>(std::max<std::size_t>(averaged, 1));
    return quality;
  }
  const auto here = s.objective->evaluate_at(y, Detail::all);
  quality.stress = here.stress;
  quality.raw_stress = here.stress * s.pairs->sum() * std::pow(s.length_unit, 2 - s.options.weight.a);
  RowMatrixD per_weight = here.point_stress * (static_cast<double>(s.order.rows().rows()) / (2 * s.pairs->sum()));
  for (Index i = 0; i < per_weight.rows() && !s.point_weights.empty(); ++i) {
    per_weight(i, 0) /= static_cast<double>(s.point_weights[i]);
  }
  const RowMatrixD rows = s.order.to_rows(s.comm, per_weight);
  for (Index i = 0; i < rows.rows(); ++i) {
    const double weight = s.row_weights.empty() ? 1 : static_cast<double>(s.row_weights[i]);
    quality.point_stress.push_back(static_cast<float>(weight * rows(i, 0)));
  }
  return quality;
}

ShepardCounts State::shepard(Index bins) const {
  const auto& s = *self_;
  if (!s.objective) return {};
  auto counts = count_shepard(s.comm, *s.pairs, s.schedule->points(), bins);
  counts.given_to *= s.length_unit;
  counts.map_to *= s.length_unit;
  return counts;
}

}  // namespace replearn::sammon
