#include "methods/sammon/sammon.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/sammon/descent.hpp"
#include "methods/sammon/input_distances.hpp"
#include "methods/sammon/stress.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

/// Iterations of the first phase; by then E is within about a percent of where it ends.
constexpr Index newton_iterations = 30;
constexpr double shrink = 0.5, grow = 1.3, least_magic = 1e-4;
/// Below this the map is exact to float32.
constexpr double no_stress = 1e-12;
/// A detour: spread of the new coordinate beside that of the map, the pressures one after the other, how long each may
/// take and when it counts as at rest.
constexpr double detour_spread = 1;
constexpr std::array detour_pressures = {0.02, 0.04, 0.08, 0.16, 0.32, 0.64};
constexpr Index detour_iterations = 40;
constexpr double detour_tolerance = 1e-5;

}  // namespace

void Options::validate() const {
  if (iterations < 0) throw InputError("", "--iterations", std::to_string(iterations) + " is negative", "take 1000");
  if (!(magic_factor > 0 && magic_factor <= 1)) {
    throw InputError("", "--magic-factor", format("%g is not within 0 to 1", magic_factor),
                     "the paper takes 0.3 to 0.4");
  }
  if (detours < 0) throw InputError("", "--detours", std::to_string(detours) + " is negative", "take 1, or 0 for none");
  metric.validate();
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
        detours_left(chosen.detours) {
    newton = evaluate(comm, given, y, true);
    stress = newton.stress;
    history.push_back(stress);
    done = stress <= no_stress;
  }

  /// Appends to the history, or goes over to the next stage, or is done.
  void iterate() {
    if (!descent)
      newton_step();
    else
      descent_step();
    if (stress <= no_stress) done = true;
  }

  /// y(m+1) = y(m) + MF e1 / |e2|, the paper's equation.
  void newton_step() {
    const RowMatrixD step = newton.e1.cwiseQuotient(guarded_curvature(given, newton.e2));
    for (; magic >= least_magic; magic *= shrink) {
      RowMatrixD trial = y + magic * step;
      auto there = evaluate(comm, given, trial, true);
      if (there.stress < stress) {
        y = std::move(trial);
        newton = std::move(there);
        stress = newton.stress;
        history.push_back(stress);
        magic = std::min(1.0, magic * grow);
        break;
      }
    }
    const bool creeping = magic < least_magic;  // this way leads no further down
    if (creeping || static_cast<Index>(history.size()) > newton_iterations) descend(y, 0);
  }

  void descend(RowMatrixD from, double pressure) {
    stage_iterations = 0;
    descent = std::make_unique<Descent>(comm, given, std::move(from), options.magic_factor, pressure);
  }

  void descent_step() {
    const bool flat = descent->points().cols() == y.cols();
    const bool moved = descent->step();
    if (moved) {
      ++stage_iterations;
      if (flat && descent->value() < stress) {
        y = descent->points();
        stress = descent->value();
      }
      history.push_back(stress);
    }
    const bool over = flat ? descent->slow(options.tolerance)
                           : descent->slow(detour_tolerance) || stage_iterations >= detour_iterations;
    if (!moved || over) next_stage(flat);
  }

  void next_stage(bool flat) {
    if (flat && detours_left == 0) {
      done = true;
    } else if (flat) {
      --detours_left;
      stage = 0;
      descend(with_one_more_coordinate(), detour_pressures[0]);
    } else if (++stage < detour_pressures.size()) {
      descend(descent->points(), detour_pressures[stage]);
    } else {
      descend(descent->points().leftCols(y.cols()), 0);
    }
  }

  /// The map and a column of noise.
  RowMatrixD with_one_more_coordinate() const {
    const auto& partition = given.partition();
    const double elements = static_cast<double>(partition.rows() * y.cols());
    const double spread = detour_spread * std::sqrt(dot(comm, partition, y, y) / elements);
    RowMatrixD out(y.rows(), y.cols() + 1);
    for (Index i = 0; i < y.rows(); ++i) {
      RandomStream noise(static_cast<std::uint64_t>(detours_left), Purpose::sammon_detour,
                         static_cast<std::uint64_t>(partition.begin(comm.rank()) + i));
      out.row(i) << y.row(i), spread * noise.normal();
    }
    return out;
  }

  const mpi::Communicator& comm;
  Options options;
  InputDistances given;
  RowMatrixD y;  // my rows of the best points yet
  double stress = 0;
  std::vector<double> history;
  bool done = false;
  // first phase
  Evaluation newton;
  double magic;
  // second phase and detours
  std::unique_ptr<Descent> descent;
  Index stage_iterations = 0, detours_left;
  std::size_t stage = 0;  // which of detour_pressures
};

namespace {

void check_start(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start) {
  mpi::together(comm, [&] {
    if (start.partition != x.partition || start.columns() < 1) {
      throw InputError("", "the start",
                       "is " + std::to_string(start.rows()) + " x " + std::to_string(start.columns()) + " for " +
                           std::to_string(x.rows()) + " rows of data",
                       "give one first point for each row");
    }
    for (Index i = 0; i < start.local_rows(); ++i) {
      if (!start.local.row(i).allFinite()) {
        throw InputError("", "the start", "row " + std::to_string(start.first_row() + i) + " is not finite",
                         "replace NaN and infinities");
      }
    }
  });
  for (Index p = 0; p < start.columns(); ++p) {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    if (start.local_rows() > 0) {
      low = start.local.col(p).minCoeff();
      high = start.local.col(p).maxCoeff();
    }
    if (mpi::all_reduce(comm, low, mpi::Reduction::min) < mpi::all_reduce(comm, high, mpi::Reduction::max)) return;
  }
  throw InputError("", "the start", "all of its points are the same", "start from principal components");
}

}  // namespace

State::State(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
             const Options& options, const Log& log) {
  options.validate();
  if (x.rows() < 3) throw InputError("", "the data", "has fewer than 3 rows", "a map needs at least 3 points");
  check_start(comm, x, start);
  self_ = std::make_unique<Implementation>(comm, x, start, options, log);
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
double State::stress() const {
  return self_->stress;
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
