#include "methods/sammon/sammon.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/sammon/checks.hpp"
#include "methods/sammon/descent.hpp"
#include "methods/sammon/duplicates.hpp"
#include "methods/sammon/objective.hpp"
#include "methods/sammon/point_order.hpp"
#include "methods/sammon/simple_descents.hpp"
#include "methods/sammon/stochastic.hpp"
#include "methods/sammon/units.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

/// Iterations of the first phase of automatic, after which E is within about 1 % of its final value.
constexpr Index newton_iterations = 30;
/// Below this the map is exact to float32.
constexpr double no_stress = 1e-12;
/// Dimensional relaxation: spread of the additional coordinate relative to the map, the sequence of penalties, and the
/// iteration limit and tolerance for each.
constexpr double relaxation_spread = 1;
constexpr std::array relaxation_penalties = {0.02, 0.04, 0.08, 0.16, 0.32, 0.64};
constexpr Index relaxation_iterations = 40;
constexpr double relaxation_tolerance = 1e-5;
/// Number of iterations over which convergence is judged.
constexpr std::size_t watched = 10;

enum class Phase { stochastic, newton, descent, relaxation, gradient, majorization };

/// Converts penalty terms of rows to terms of the points that represent them.
PenaltyTerms of_points(const mpi::Communicator& comm, const PointOrder& order, PenaltyTerms terms) {
  if (order.is_identity()) return terms;
  for (auto* group : {&terms.pulls, &terms.pushes}) {
    for (Pull& pull : *group) {
      RowMatrix members(static_cast<Index>(pull.members.size()), 1);
      for (Index i = 0; i < members.rows(); ++i) members(i, 0) = pull.members[static_cast<std::size_t>(i)];
      const RowMatrix picked = order.to_points(comm, members);
      pull.members.assign(static_cast<std::size_t>(picked.rows()), 0);
      for (Index i = 0; i < picked.rows(); ++i) pull.members[static_cast<std::size_t>(i)] = picked(i, 0) != 0;
    }
  }
  if (mpi::all_reduce(comm, terms.anchors.size(), mpi::Reduction::sum) > 0) {
    terms.anchors = order.to_points(comm, terms.anchors);
  }
  return terms;
}

}  // namespace

void Options::validate() const {
  if (iterations < 0)
    throw InputError("", "--iterations", std::to_string(iterations) + " is negative", "2000 is the default");
  if (!(magic_factor > 0 && magic_factor <= 1)) {
    throw InputError("", "--magic-factor", format("%g is not in (0, 1]", magic_factor), "the paper uses 0.3 to 0.4");
  }
  if (relaxations < 0)
    throw InputError("", "--relaxations", std::to_string(relaxations) + " is negative", "use 1, or 0 for none");
  metric.validate();
  if (!(tolerance >= 0))
    throw InputError("", "--tolerance", format("%g is negative", tolerance), "1e-8 is the default");
  if (!(learning_rate > 0) || !std::isfinite(learning_rate)) {
    throw InputError("", "--learning-rate", format("%g is not a positive number", learning_rate), "0.5 is the default");
  }
  if (!(momentum >= 0 && momentum < 1)) {
    throw InputError("", "--momentum", format("%g is not in [0, 1)", momentum), "use 0.9, or 0 for none");
  }
  if (rounds < 1) throw InputError("", "--rounds", std::to_string(rounds) + " is less than 1", "600 is the default");
  if (!std::isfinite(weight.a) || !(weight.b >= 0) || !std::isfinite(weight.b)) {
    throw InputError("", "--weight-a, --weight-b", format("1 / (d^%g + %g) is not a weight", weight.a, weight.b),
                     "use any power and an addend of at least 0");
  }
  if (!(storage.memory >= 0)) {
    throw InputError("", "--distance-memory", format("%g is negative", storage.memory),
                     "use 0 for the available memory");
  }
}

struct State::Implementation {
  Implementation(const mpi::Communicator& ranks, const DistributedMatrix* x, GivenDistances distances,
                 const DistributedMatrix& start, const Options& chosen, const Log& to, PenaltyTerms terms,
                 std::vector<float> weights, double unit)
      : comm(ranks),
        log(to),
        options(chosen),
        length_unit(unit),
        order(RowPartition(start.rows(), ranks.shares())),
        penalties(ranks, order.points(), {}) {
    check_weights(comm, order.rows(), weights);
    options.weight = in_units(options.weight, length_unit);
    terms.anchors /= static_cast<float>(length_unit);
    std::vector<Index> duplicates;
    if (options.zero_distance == ZeroDistance::merge) {
      duplicates = x ? first_duplicates(comm, *x, options.metric) : first_duplicates(comm, distances);
      Index merged = 0;
      for (std::size_t i = 0; i < duplicates.size(); ++i) merged += duplicates[i] != static_cast<Index>(i);
      if (merged > 0) {
        log.warning(format("sammon: %lld duplicate rows (distance 0 from an earlier row) are merged with that row",
                           static_cast<long long>(merged)));
      } else {
        duplicates.clear();
      }
    }
    Index points = start.rows();
    for (std::size_t i = 0; i < duplicates.size(); ++i) points -= duplicates[i] != static_cast<Index>(i);
    if (points < 3) throw InputError("", "the data", "has fewer than 3 rows", "a map needs at least 3 points");
    choose(points);
    const bool shuffled = phase == Phase::stochastic && x;
    const bool weighted = !duplicates.empty() || mpi::all_reduce(comm, int{!weights.empty()}, mpi::Reduction::max) > 0;
    if (weighted && weights.empty()) weights.assign(static_cast<std::size_t>(order.rows().count(comm.rank())), 1.0f);
    row_weights = weights;
    if (!duplicates.empty() || shuffled) order = PointOrder(order.rows(), duplicates, shuffled, options.seed);
    point_weights = weighted ? order.sum_to_points(comm, weights) : weights;
    penalties = Penalties(comm, order.points(), of_points(comm, order, std::move(terms)));
    if (x) {
      distances = order.is_identity() ? between_rows(comm, *x, options.metric)
                                      : between_rows(comm, *x, options.metric, order.source());
    } else if (!order.is_identity()) {
      distances = among(std::move(distances), order.source());
    }
    y = order.to_points(comm, start.local).cast<double>();
    penalties.put_anchors(y);
    if (points <= exact_points) {
      given.emplace(comm, distances, options.weight, point_weights, options.storage, options.zero_distance, log);
      objective.emplace(comm, *given, penalties);
    }
    if (phase == Phase::stochastic) begin_stochastic(distances);
    begin();
    history.push_back(cost);
  }

  /// Chooses the optimizer and logs the reason. points: number of points of the map.
  void choose(Index points) {
    switch (options.optimizer) {
      case Optimizer::pseudo_newton:
        phase = Phase::newton;
        return;
      case Optimizer::gradient_descent:
        phase = Phase::gradient;
        return;
      case Optimizer::lbfgs:
        phase = Phase::descent;
        return;
      case Optimizer::majorization:
        phase = Phase::majorization;
        return;
      case Optimizer::stochastic:
        phase = Phase::stochastic;
        return;
      case Optimizer::automatic:
        break;
    }
    const auto n = static_cast<long long>(points);
    const double pairs = 0.5 * static_cast<double>(points) * static_cast<double>(points - 1);
    if (points <= automatic_points) {
      phase = Phase::newton;
      log.line(
          format("sammon: pseudo-newton, then l-bfgs: each iteration passes over all %.3g pairs of %lld points "
                 "(more than %lld points would start with stochastic rounds)",
                 pairs, n, static_cast<long long>(automatic_points)));
    } else {
      phase = Phase::stochastic;
      log.line(format("sammon: stochastic rounds first: %lld points make %.3g pairs%s", n, pairs,
                      points <= exact_points ? ", over which l-bfgs then iterates until convergence"
                                             : ", too many to pass over (more than 200,000 points)"));
    }
  }

  void begin_stochastic(const GivenDistances& distances) {
    if (!penalties.empty()) {
      throw InputError("", "--pull, --push, --l2", "are not supported by stochastic rounds",
                       options.optimizer == Optimizer::stochastic || !objective
                           ? "choose --optimizer lbfgs, which passes over all pairs"
                           : "choose --optimizer lbfgs");
    }
    const auto weights = mpi::all_gather_v(comm, point_weights);
    std::vector<std::uint8_t> held(static_cast<std::size_t>(y.rows()), 0);
    if (penalties.anchored()) {
      RowMatrixD marks = RowMatrixD::Ones(y.rows(), 1);
      penalties.hold_anchors(marks);
      for (Index i = 0; i < y.rows(); ++i) held[static_cast<std::size_t>(i)] = marks(i, 0) == 0;
    }
    const bool anchored = mpi::all_reduce(comm, int{penalties.anchored()}, mpi::Reduction::max) > 0;
    DistributedMatrix mine(order.points(), comm.rank(), y.cols());
    mine.local = y.cast<float>();
    stochastic = std::make_unique<Stochastic>(
        comm, distances, options.weight, weights,
        anchored ? mpi::all_gather_v(comm, held) : std::vector<std::uint8_t>{}, all_gather_rows(comm, mine),
        options.seed, StochasticSchedule{.rounds = std::min(options.rounds, std::max<Index>(options.iterations, 1))});
  }

  /// Starts the current phase from y.
  void begin() {
    switch (phase) {
      case Phase::stochastic:
        if (objective)
          take(objective->evaluate_at(y, Detail::gradient));
        else
          cost = std::numeric_limits<double>::quiet_NaN();
        break;
      case Phase::newton:
        newton = std::make_unique<PseudoNewton>(*objective, y, options.magic_factor);
        take(newton->here());
        break;
      case Phase::gradient:
        gradient = std::make_unique<GradientDescent>(*objective, y, RowMatrixD::Zero(y.rows(), y.cols()),
                                                     options.learning_rate, options.momentum);
        take(gradient->here());
        break;
      case Phase::majorization:
        majorization = std::make_unique<Majorization>(*objective, y);
        take(majorization->here());
        break;
      case Phase::descent:
        relaxations_left = options.relaxations;
        descend(y, 0);
        cost = descent->value();
        done = cost <= no_stress;
        break;
      case Phase::relaxation:
        break;
    }
  }

  void take(const Objective::ObjectiveValue& here) {
    cost = here.value;
    done = here.stress <= no_stress && penalties.empty();
  }

  /// Performs one iteration: appends to the history, moves to the next stage, or finishes.
  void iterate() {
    switch (phase) {
      case Phase::stochastic:
        return stochastic_round();
      case Phase::newton:
        return newton_step();
      case Phase::descent:
      case Phase::relaxation:
        return descent_step();
      case Phase::gradient:
        gradient->step();
        y = gradient->points();
        take(gradient->here());
        history.push_back(cost);
        gradient->check(history);
        done = done || converged_now();
        return;
      case Phase::majorization:
        majorization->step();
        y = majorization->points();
        take(majorization->here());
        history.push_back(cost);
        done = done || converged_now();
        return;
    }
  }

  bool converged_now() const {
    const std::size_t last = history.size() - 1;
    return last >= watched &&
           std::abs(history[last - watched] - history[last]) < options.tolerance * std::abs(history[last]);
  }

  void stochastic_round() {
    stochastic->step();
    cost = stochastic->stress();
    history.push_back(cost);
    if (!stochastic->over()) return;
    y = stochastic->points();
    stochastic.reset();
    if (options.optimizer == Optimizer::stochastic || !objective) {
      done = true;
      return;
    }
    phase = Phase::descent;
    relaxations_left = exceeds_exact_limit() ? 0 : options.relaxations;
    descend(y, 0);
    cost = descent->value();
  }

  void newton_step() {
    const bool moved = newton->step();
    if (moved) {
      y = newton->points();
      take(newton->here());
      history.push_back(cost);
    }
    if (options.optimizer == Optimizer::pseudo_newton) {
      done = done || !moved || converged_now();
    } else if (!moved || static_cast<Index>(history.size()) > newton_iterations) {
      newton.reset();
      phase = Phase::descent;
      relaxations_left = options.relaxations;
      descend(y, 0);
    }
  }

  /// Whether there are so many points that automatic uses a lower accuracy.
  bool exceeds_exact_limit() const {
    return options.optimizer == Optimizer::automatic && order.points().rows() > thorough_points;
  }

  void descend(RowMatrixD from, double penalty) {
    stage_iterations = 0;
    descent = std::make_unique<Descent>(*objective, std::move(from), options.magic_factor, penalty);
  }

  void descent_step() {
    const bool flat = phase == Phase::descent;
    const bool moved = descent->step();
    if (moved) {
      ++stage_iterations;
      if (flat && descent->value() < cost) {
        y = descent->points();
        cost = descent->value();
      }
      history.push_back(cost);
      done = flat && penalties.empty() && descent->stress() <= no_stress;
    }
    // A map that will be relaxed again need not converge first.
    const bool to_rest = flat && relaxations_left == 0 && !exceeds_exact_limit();
    const double enough = to_rest ? options.tolerance : std::max(options.tolerance, relaxation_tolerance);
    const bool over = descent->slow(enough) || (!flat && stage_iterations >= relaxation_iterations);
    if (!done && (!moved || over)) next_stage();
  }

  void next_stage() {
    if (phase == Phase::descent && relaxations_left == 0) {
      // The relaxation found no better map; the map from before it has not converged yet.
      const bool other_map = options.relaxations > 0 && !finishing && descent->value() > cost;
      finishing = true;
      if (other_map)
        descend(y, 0);
      else
        done = true;
    } else if (phase == Phase::descent) {
      --relaxations_left;
      stage = 0;
      phase = Phase::relaxation;
      descend(with_one_more_coordinate(), relaxation_penalties[0]);
    } else if (++stage < static_cast<Index>(relaxation_penalties.size())) {
      descend(descent->points(), relaxation_penalties[static_cast<std::size_t>(stage)]);
    } else {
      phase = Phase::descent;
      descend(descent->points().leftCols(y.cols()), 0);
    }
  }

  /// The map with an additional column of noise.
  RowMatrixD with_one_more_coordinate() const {
    const auto& partition = order.points();
    const double elements = static_cast<double>(partition.rows() * y.cols());
    const double spread = relaxation_spread * std::sqrt(dot(comm, partition, y, y) / elements);
    RowMatrixD out(y.rows(), y.cols() + 1);
    for (Index i = 0; i < y.rows(); ++i) {
      RandomStream noise(options.seed + static_cast<std::uint64_t>(relaxations_left), Purpose::sammon_relaxation,
                         static_cast<std::uint64_t>(partition.begin(comm.rank()) + i));
      out.row(i) << y.row(i), spread * noise.normal();
    }
    penalties.put_anchors(out);
    return out;
  }

  const mpi::Communicator& comm;
  const Log& log;
  Options options;
  double length_unit;  // unit of y and of distances; see Units
  PointOrder order;
  Penalties penalties;
  std::vector<float> row_weights;    // of the local rows; empty: all 1
  std::vector<float> point_weights;  // of the local points; empty: all 1
  std::optional<InputDistances> given;
  std::optional<Objective> objective;
  RowMatrixD y;  // local points of the best map so far; for gradient descent of the current one
  double cost = 0;
  std::vector<double> history;
  bool done = false;
  Phase phase = Phase::newton;
  // One of these is set, depending on the phase.
  std::unique_ptr<Stochastic> stochastic;
  std::unique_ptr<PseudoNewton> newton;
  std::unique_ptr<GradientDescent> gradient;
  std::unique_ptr<Majorization> majorization;
  std::unique_ptr<Descent> descent;                             // also used in relaxation
  Index stage_iterations = 0, relaxations_left = 0, stage = 0;  // stage: index into relaxation_penalties
  bool finishing = false;
};

State::State(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
             const Options& options, const Log& log, PenaltyTerms terms, std::vector<float> point_weights) {
  options.validate();
  if (x.rows() < 3) throw InputError("", "the data", "has fewer than 3 rows", "a map needs at least 3 points");
  check_start(comm, x.rows(), start);
  const Units units = scale_units(comm, x, options.metric);
  DistributedMatrix x_copy, start_copy;
  self_ = std::make_unique<Implementation>(comm, &replearn::in_units(x, units.data, x_copy), GivenDistances{},
                                           replearn::in_units(start, start_unit(comm, start, units.length), start_copy),
                                           options, log, std::move(terms), std::move(point_weights), units.length);
}

State::State(const mpi::Communicator& comm, GivenDistances given, const DistributedMatrix& start,
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
  while (this->step() < step && !self_->done) self_->iterate();
}

Index State::step() const {
  return static_cast<Index>(self_->history.size()) - 1;
}
bool State::converged() const {
  return self_->done;
}
double State::cost() const {
  return self_->cost;
}
const std::vector<double>& State::history() const {
  return self_->history;
}

const char* State::phase() const {
  switch (self_->phase) {
    case Phase::stochastic:
      return "stochastic";
    case Phase::newton:
      return "pseudo-newton";
    case Phase::descent:
      return "l-bfgs";
    case Phase::relaxation:
      return "relaxation";
    case Phase::gradient:
      return "gradient descent";
    case Phase::majorization:
      break;
  }
  return "majorization";
}

DistributedMatrix State::points() const {
  const auto& comm = self_->comm;
  const auto& partition = self_->order.rows();
  const RowMatrixD y =
      self_->order.to_rows(comm, self_->stochastic ? self_->stochastic->points() : RowMatrixD(self_->y));
  DistributedMatrix points(partition, comm.rank(), y.cols());
  const double unit = self_->length_unit;
  points.local = (y * unit).cast<float>();
  if (mpi::all_reduce(comm, int{self_->penalties.anchored()}, mpi::Reduction::max) > 0) return points;
  const Index first = partition.begin(comm.rank());
  std::vector<double> partials;
  for (Index b = partition.first_block(comm.rank()); b < partition.end_block(comm.rank()); ++b) {
    std::vector<double> sums(static_cast<std::size_t>(y.cols()), 0.0);
    for (Index i = partition.block_begin(b); i < partition.block_end(b); ++i) {
      for (Index p = 0; p < y.cols(); ++p) sums[static_cast<std::size_t>(p)] += y(i - first, p);
    }
    partials.insert(partials.end(), sums.begin(), sums.end());
  }
  const auto sums = mpi::reproducible_sum(comm, partials, y.cols(), partition.blocks());
  for (Index i = 0; i < y.rows(); ++i) {
    for (Index p = 0; p < y.cols(); ++p) {
      const double mean = sums[static_cast<std::size_t>(p)] / static_cast<double>(partition.rows());
      points.local(i, p) = static_cast<float>(unit * (y(i, p) - mean));
    }
  }
  return points;
}

Arrays State::arrays() const {
  const auto& s = *self_;
  Arrays arrays;
  arrays.partition = s.order.points();
  arrays.rows["y"] = s.y;
  arrays.shared["history"] = s.history;
  arrays.shared["state"] = {static_cast<double>(s.phase),
                            s.done ? 1.0 : 0.0,
                            s.cost,
                            static_cast<double>(s.stage_iterations),
                            static_cast<double>(s.relaxations_left),
                            static_cast<double>(s.stage),
                            s.newton ? s.newton->magic_factor() : s.options.magic_factor,
                            s.finishing ? 1.0 : 0.0};
  if (s.gradient) arrays.rows["velocity"] = s.gradient->velocity();
  if (s.descent) s.descent->put_into(arrays);
  if (s.stochastic) s.stochastic->put_into(arrays);
  return arrays;
}

void State::restore(const Arrays& arrays) {
  auto& s = *self_;
  const auto& state = arrays.shared.at("state");
  s.phase = static_cast<Phase>(static_cast<int>(state[0]));
  s.y = arrays.rows.at("y");
  s.newton.reset();
  s.gradient.reset();
  s.majorization.reset();
  s.descent.reset();
  if (s.phase == Phase::stochastic && arrays.rows.contains("stochastic/state"))
    s.stochastic->take_from(arrays);
  else
    s.stochastic.reset();
  if (s.phase == Phase::newton) s.newton = std::make_unique<PseudoNewton>(*s.objective, s.y, state[6]);
  if (s.phase == Phase::gradient) {
    s.gradient = std::make_unique<GradientDescent>(*s.objective, s.y, arrays.rows.at("velocity"),
                                                   s.options.learning_rate, s.options.momentum);
  }
  if (s.phase == Phase::majorization) s.majorization = std::make_unique<Majorization>(*s.objective, s.y);
  if (s.phase == Phase::descent || s.phase == Phase::relaxation) {
    s.descent = std::make_unique<Descent>(*s.objective, arrays);
  }
  s.history = arrays.shared.at("history");
  s.done = state[1] != 0;
  s.cost = state[2];
  s.stage_iterations = static_cast<Index>(state[3]);
  s.relaxations_left = static_cast<Index>(state[4]);
  s.stage = static_cast<Index>(state[5]);
  s.finishing = state[7] != 0;
}

State::MapQuality State::quality() const {
  const auto& s = *self_;
  MapQuality quality;
  const RowMatrixD y = s.stochastic ? s.stochastic->points() : RowMatrixD(s.y);
  quality.pulled_distances = s.penalties.pulled_distances(y);
  quality.pushed_distances = s.penalties.pushed_distances(y);
  for (double& distance : quality.pulled_distances) distance *= s.length_unit;
  for (double& distance : quality.pushed_distances) distance *= s.length_unit;
  if (!s.objective) {
    quality.exact = false;
    quality.sum = std::numeric_limits<double>::quiet_NaN();
    const std::size_t rounds = std::min<std::size_t>(20, s.history.size() - 1);
    for (std::size_t k = 0; k < rounds; ++k) quality.stress += s.history[s.history.size() - 1 - k];
    quality.stress /= static_cast<double>(std::max<std::size_t>(rounds, 1));
    return quality;
  }
  const auto here = s.objective->evaluate_at(y, Detail::all);
  quality.stress = here.stress;
  quality.sum = here.stress * s.given->sum() * std::pow(s.length_unit, 2 - s.options.weight.a);
  RowMatrixD per_weight = here.point_stress * (static_cast<double>(s.order.rows().rows()) / (2 * s.given->sum()));
  for (Index i = 0; i < per_weight.rows() && !s.point_weights.empty(); ++i) {
    per_weight(i, 0) /= static_cast<double>(s.point_weights[static_cast<std::size_t>(i)]);
  }
  const RowMatrixD rows = s.order.to_rows(s.comm, per_weight);
  for (Index i = 0; i < rows.rows(); ++i) {
    const double weight = s.row_weights.empty() ? 1 : static_cast<double>(s.row_weights[static_cast<std::size_t>(i)]);
    quality.point_stress.push_back(static_cast<float>(weight * rows(i, 0)));
  }
  return quality;
}

ShepardCounts State::shepard(Index bins) const {
  const auto& s = *self_;
  if (!s.objective) return {};
  auto counts = count_shepard(s.comm, *s.given, s.stochastic ? s.stochastic->points() : s.y, bins);
  counts.given_to *= s.length_unit;
  counts.map_to *= s.length_unit;
  return counts;
}

}  // namespace replearn::sammon
