#include "methods/sammon/sammon.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "methods/sammon/input_distances.hpp"
#include "methods/sammon/lbfgs.hpp"
#include "methods/sammon/stress.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

/// Iterations of the first phase; by then E is within about a percent of where it ends.
constexpr Index newton_iterations = 30;
/// |e2| counts for at least this share of sum_j 1/d*_ij, its value where the map is exact: it passes through zero,
/// and the paper's step with it through infinity. That, not the data, is what stops unguarded implementations early.
constexpr double curvature_floor = 0.1;
constexpr double shrink = 0.5, grow = 1.3, least_magic = 1e-4;
/// Second phase: how often the preconditioner is made anew, the share of the promised fall that a step must bring
/// (Armijo), the shortest step tried, over how many iterations the fall is watched.
constexpr Index refresh = 10, watched = 10;
constexpr double sufficient = 1e-4, least_step = 1e-6;
/// Below this the map is exact to float32.
constexpr double no_stress = 1e-12;

}  // namespace

void Options::validate() const {
  if (iterations < 0) throw InputError("", "--iterations", std::to_string(iterations) + " is negative", "take 500");
  if (!(magic_factor > 0 && magic_factor <= 1)) {
    throw InputError("", "--magic-factor", format("%g is not within 0 to 1", magic_factor),
                     "the paper takes 0.3 to 0.4");
  }
  if (!(tolerance >= 0)) throw InputError("", "--tolerance", format("%g is negative", tolerance), "take 1e-8");
}

struct State::Implementation {
  Implementation(const mpi::Communicator& ranks, const DistributedMatrix& x, const DistributedMatrix& start,
                 const Options& chosen, const Log& log)
      : comm(ranks),
        options(chosen),
        given(ranks, x, chosen.metric, chosen.distance_memory, log),
        y(start.local.cast<double>()),
        magic(chosen.magic_factor),
        memory(ranks, given.partition()) {
    now = evaluate(comm, given, y, true);
    history.push_back(now.stress);
    done = now.stress <= no_stress;
  }

  void iterate() {
    if (history.size() <= newton_iterations && !creeping)
      newton_step();
    else
      lbfgs_step();
    if (now.stress <= no_stress) done = true;
  }

  void accept(RowMatrixD points, Evaluation evaluation) {
    y = std::move(points);
    now = std::move(evaluation);
    history.push_back(now.stress);
  }

  /// max(|e2|, floor), with which both phases divide.
  RowMatrixD curvature() const {
    RowMatrixD h = now.e2.cwiseAbs();
    for (Index i = 0; i < h.rows(); ++i) {
      const double least = curvature_floor * given.weights()[static_cast<std::size_t>(i)];
      for (Index p = 0; p < h.cols(); ++p) h(i, p) = std::max(h(i, p), least);
    }
    return h;
  }

  /// y(m+1) = y(m) + MF e1 / |e2|, the paper's equation.
  void newton_step() {
    const RowMatrixD step = now.e1.cwiseQuotient(curvature());
    for (; magic >= least_magic; magic *= shrink) {
      RowMatrixD trial = y + magic * step;
      auto there = evaluate(comm, given, trial, true);
      if (there.stress < now.stress) {
        accept(std::move(trial), std::move(there));
        magic = std::min(1.0, magic * grow);
        return;
      }
    }
    creeping = true;  // this way leads no further down
    lbfgs_step();
  }

  void lbfgs_step() {
    const auto& partition = given.partition();
    const double scale = 2.0 / given.sum();  // dE/dy = -scale e1
    if (since_refresh % refresh == 0) {
      if (!now_has_e2) now.e2 = evaluate(comm, given, y, true).e2;
      now_has_e2 = true;
      inverse = (scale * curvature()).cwiseInverse();
    }
    ++since_refresh;
    const RowMatrixD gradient = -scale * now.e1;
    for (int attempt = 0; attempt < 2; ++attempt) {
      RowMatrixD direction = memory.direction(gradient, inverse);
      double slope = dot(comm, partition, gradient, direction);
      if (slope < 0) {
        for (double step = memory.empty() ? options.magic_factor : 1.0; step >= least_step; step *= shrink) {
          RowMatrixD trial = y + step * direction;
          auto there = evaluate(comm, given, trial, false);
          if (there.stress < now.stress + sufficient * step * slope) {
            memory.remember(step * direction, -scale * (there.e1 - now.e1));
            accept(std::move(trial), std::move(there));
            now_has_e2 = false;
            const auto last = history.size() - 1;
            done = last >= watched && history[last - watched] - history[last] < options.tolerance * history[last];
            return;
          }
        }
      }
      if (memory.empty()) break;
      memory.forget();  // what was remembered misled: once more, straight down
    }
    done = true;
  }

  const mpi::Communicator& comm;
  Options options;
  InputDistances given;
  RowMatrixD y;  // my rows of the points
  Evaluation now;
  std::vector<double> history;
  bool now_has_e2 = true;  // the same on all ranks, also on those without rows
  bool done = false;
  // first phase
  double magic;
  bool creeping = false;
  // second phase
  Lbfgs memory;
  RowMatrixD inverse;  // 1 / (2/c max(|e2|, floor)): the inverse Hessian's first guess
  Index since_refresh = 0;
};

State::State(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
             const Options& options, const Log& log) {
  options.validate();
  if (x.rows() < 3) throw InputError("", "the data", "has fewer than 3 rows", "a map needs at least 3 points");
  self_ = std::make_unique<Implementation>(comm, x, start, options, log);
}
State::~State() = default;
State::State(State&&) noexcept = default;

void State::run_until(Index step) {
  while (this->step() < step && !self_->done) {
    const auto before = self_->history.size();
    self_->iterate();
    if (self_->history.size() == before) return;  // at rest
  }
}

Index State::step() const {
  return static_cast<Index>(self_->history.size()) - 1;
}
bool State::converged() const {
  return self_->done;
}
double State::stress() const {
  return self_->now.stress;
}
const std::vector<double>& State::stress_history() const {
  return self_->history;
}

DistributedMatrix State::points() const {
  const auto& comm = self_->comm;
  const auto& partition = self_->given.partition();
  const auto& y = self_->y;
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
  DistributedMatrix points(partition, comm.rank(), y.cols());
  for (Index i = 0; i < y.rows(); ++i) {
    for (Index p = 0; p < y.cols(); ++p) {
      points.local(i, p) =
          static_cast<float>(y(i, p) - sums[static_cast<std::size_t>(p)] / static_cast<double>(partition.rows()));
    }
  }
  return points;
}

Results sammon(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
               const Options& options, const ProgressCallback& progress, const Log& log) {
  State state(comm, x, start, options, log);
  while (state.step() < options.iterations && !state.converged()) {
    state.run_until(state.step() + 1);
    if (progress) progress({"", state.step(), options.iterations, state.stress()});
  }
  if (!state.converged()) {
    log.warning(format("sammon: stopped after %ld iterations before E came to rest", static_cast<long>(state.step())));
  }
  return {state.points(), state.stress(), state.stress_history()};
}

}  // namespace replearn::sammon
