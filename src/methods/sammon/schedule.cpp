#include "methods/sammon/schedule.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/sammon/lbfgs_memory.hpp"
#include "methods/sammon/simple_descents.hpp"

namespace replearn::sammon {
namespace {

using Role = Stage::Role;

/// Number of iterations over which convergence is judged.
constexpr std::size_t convergence_window = 10;
/// Below this stress the map is exact to float32.
constexpr double exact_stress = 1e-12;
/// Iterations of pseudo-Newton in automatic, after which E is within about 1 % of its final value.
constexpr Index newton_iterations = 30;
/// Dimensional relaxation: spread of the additional coordinate relative to the map, the sequence of penalties, and the
/// iteration limit for each.
constexpr double relaxation_spread = 1;
constexpr std::array relaxation_penalties = {0.02, 0.04, 0.08, 0.16, 0.32, 0.64};
constexpr Index relaxation_iterations = 40;
/// Tolerance before and during relaxation, and for more than thorough_points points.
constexpr double reduced_tolerance = 1e-5;

}  // namespace

bool StopRule::holds(const std::vector<double>& values) const {
  const std::size_t last = values.size() - 1;
  if (static_cast<Index>(last) >= iterations) return true;
  return last >= convergence_window &&
         std::abs(values[last - convergence_window] - values[last]) < tolerance * std::abs(values[last]);
}

bool begins_stochastic(const Options& options, Index points) {
  return options.optimizer == OptimizerKind::stochastic ||
         (options.optimizer == OptimizerKind::automatic && points > automatic_points);
}

bool evaluates_all_pairs(const Options& options, Index points) {
  return points <= exact_points || !begins_stochastic(options, points);
}

Schedule::Schedule(const mpi::Communicator& comm, const Options& options, const Objective* objective,
                   const Penalties& penalties, Stochastic::Points points, RowMatrixD start, const Log& log)
    : comm_(comm),
      options_(options),
      objective_(objective),
      penalties_(penalties),
      partition_(points.distances.points, comm.shares()),
      exact_value_(penalties.empty() ? exact_stress : -std::numeric_limits<double>::infinity()),
      y_(std::move(start)) {
  const StopRule convergence{.tolerance = options.tolerance, .exact_value = exact_value_};
  switch (options.optimizer) {
    case OptimizerKind::automatic:
      add_automatic(std::move(points), log);
      break;
    case OptimizerKind::pseudo_newton:
      stages_ = {{&add<PseudoNewton>(*objective, options.magic_factor), convergence}};
      break;
    case OptimizerKind::gradient_descent:
      stages_ = {{&add<GradientDescent>(*objective, options.learning_rate, options.momentum), convergence}};
      break;
    case OptimizerKind::majorization:
      stages_ = {{&add<Majorization>(*objective), convergence}};
      break;
    case OptimizerKind::stochastic:
      add_stochastic(std::move(points));
      break;
    case OptimizerKind::lbfgs:
      add_descent(options.relaxations, options.tolerance);
      break;
  }
  begin_stage(0, y_);
  history_.push_back(cost_);
  done_ = cost_ <= exact_value_;
}

template <class T, class... Arguments>
T& Schedule::add(Arguments&&... arguments) {
  auto optimizer = std::make_unique<T>(std::forward<Arguments>(arguments)...);
  T& added = *optimizer;
  optimizers_.push_back(std::move(optimizer));
  return added;
}

void Schedule::add_automatic(Stochastic::Points points, const Log& log) {
  const Index n = partition_.rows();
  const double pairs = 0.5 * static_cast<double>(n) * static_cast<double>(n - 1);
  if (n <= automatic_points) {
    log.line(
        fmt::format("sammon: pseudo-newton, then l-bfgs: each iteration passes over all {:.3g} pairs of {} points "
                    "(more than {} points would start with stochastic iterations)",
                    pairs, n, automatic_points));
    stages_.push_back({&add<PseudoNewton>(*objective_, options_.magic_factor),
                       {.iterations = newton_iterations, .exact_value = exact_value_}});
  } else {
    log.line(fmt::format("sammon: stochastic iterations first: {} points make {:.3g} pairs{}", n, pairs,
                         n <= exact_points ? ", over which l-bfgs then iterates until convergence"
                                           : ", too many to pass over (more than 200,000 points)"));
    add_stochastic(std::move(points));
  }
  if (n > exact_points) return;
  const bool uses_reduced_accuracy = n > thorough_points;
  if (uses_reduced_accuracy) {
    add_descent(0, std::max(options_.tolerance, reduced_tolerance));
  } else {
    add_descent(options_.relaxations, options_.tolerance);
  }
}

void Schedule::add_stochastic(Stochastic::Points points) {
  if (!penalties_.empty()) {
    throw InputError("", "--pull, --push, --l2", "are not supported by stochastic iterations",
                     options_.optimizer == OptimizerKind::stochastic || !objective_
                         ? "choose --optimizer lbfgs, which passes over all pairs"
                         : "choose --optimizer lbfgs");
  }
  const Index iterations = std::min(options_.rounds, std::max<Index>(options_.iterations, 1));
  stages_.push_back({&add<Stochastic>(comm_, std::move(points), y_.cols(), options_.seed,
                                      StochasticSchedule{.iterations = iterations}, objective_),
                     {.iterations = iterations}});
}

void Schedule::add_descent(Index relaxations, double tolerance) {
  lbfgs_ = &add<LbfgsDescent>(*objective_, options_.magic_factor);
  const double reduced = std::max(options_.tolerance, reduced_tolerance);
  const StopRule almost{.tolerance = reduced, .exact_value = exact_value_},
      convergence{.tolerance = tolerance, .exact_value = exact_value_},
      flatter{.iterations = relaxation_iterations, .tolerance = reduced};
  auto role = Role::descent;
  for (Index left = relaxations; left-- > 0;) {
    const auto seed = options_.seed + static_cast<std::uint64_t>(left);
    stages_.push_back({lbfgs_, almost, role});  // a map that will be relaxed need not converge
    for (const double penalty : relaxation_penalties) {
      stages_.push_back({lbfgs_, flatter, Role::relaxation, penalty, seed});
    }
    role = Role::candidate;
  }
  stages_.push_back({lbfgs_, convergence, role});
  if (relaxations > 0) stages_.push_back({lbfgs_, convergence, Role::fallback});
}

void Schedule::begin_stage(Index stage, RowMatrixD from) {
  stage_ = stage;
  if (lbfgs_) lbfgs_->set_penalty(current().penalty);
  current().optimizer->start(std::move(from));
  values_ = {current().optimizer->value()};
  if (current().role == Role::descent) cost_ = values_.back();
}

void Schedule::iterate() {
  const auto& [optimizer, stop, role, penalty, seed] = current();
  const bool moved = optimizer->step();
  if (moved) {
    values_.push_back(optimizer->value());
    if (role == Role::descent || (role != Role::relaxation && values_.back() < cost_)) {
      y_ = optimizer->points();
      cost_ = values_.back();
    }
    history_.push_back(cost_);
  }
  if (moved && values_.back() <= stop.exact_value) {
    done_ = 1;
  } else if (!moved || stop.holds(values_)) {
    next_stage();
  }
}

void Schedule::next_stage() {
  const bool ends_above = values_.back() > cost_;
  const RowMatrixD& end = current().optimizer->points();
  const auto next = static_cast<std::size_t>(stage_) + 1;
  if (next == stages_.size() || (stages_[next].role == Role::fallback && !ends_above)) {
    done_ = 1;
    return;
  }
  const Stage& stage = stages_[next];
  const bool in_relaxation = current().role == Role::relaxation;
  switch (stage.role) {
    case Role::descent:
    case Role::fallback:
      return begin_stage(stage_ + 1, y_);
    case Role::relaxation:
      return begin_stage(stage_ + 1, in_relaxation ? end : with_extra_dimension(stage.seed));
    case Role::candidate:
      return begin_stage(stage_ + 1, end.leftCols(y_.cols()));
  }
}

/// The map with an additional column of noise.
RowMatrixD Schedule::with_extra_dimension(std::uint64_t seed) const {
  const double elements = static_cast<double>(partition_.rows() * y_.cols());
  const double spread = relaxation_spread * std::sqrt(dot(comm_, partition_, y_, y_) / elements);
  RowMatrixD out(y_.rows(), y_.cols() + 1);
  for (Index i = 0; i < y_.rows(); ++i) {
    RandomStream noise(seed, Purpose::sammon_relaxation,
                       static_cast<std::uint64_t>(partition_.begin(comm_.rank()) + i));
    out.row(i) << y_.row(i), spread * noise.normal();
  }
  penalties_.put_anchors(out);
  return out;
}

const char* Schedule::name_of(Index stage) const {
  const Stage& named = stages_[stage];
  return named.role == Role::relaxation ? "relaxation" : named.optimizer->name();
}

NamedArrays Schedule::arrays() {
  NamedArrays arrays = {{"points", &y_, partition_}, {"cost", &cost_, {}},           {"history", &history_, {}},
                        {"stage", &stage_, {}},      {"stage_values", &values_, {}}, {"done", &done_, {}}};
  for (const auto& optimizer : optimizers_) {
    const NamedArrays more = optimizer->arrays();
    arrays.insert(arrays.end(), more.begin(), more.end());
  }
  return arrays;
}

void Schedule::resume() {
  if (done()) return;
  if (lbfgs_) lbfgs_->set_penalty(current().penalty);
  current().optimizer->resume();
}

}  // namespace replearn::sammon
