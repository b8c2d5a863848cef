#pragma once
#include <limits>
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "methods/sammon/lbfgs_descent.hpp"
#include "methods/sammon/options.hpp"
#include "methods/sammon/stochastic.hpp"

namespace replearn::sammon {

/// When a stage ends, unless its optimizer finds no further step before.
struct StopRule {
  Index iterations = std::numeric_limits<Index>::max();
  /// Relative decrease of the value over 10 iterations, below which it counts as converged.
  double tolerance = 0;
  /// At this value or below, the map reproduces all distances: the whole schedule ends.
  double exact_value = -std::numeric_limits<double>::infinity();

  /// values: before the first iteration of the stage and after each one.
  bool holds(const std::vector<double>& values) const;
};

/// One entry of the schedule.
struct Stage {
  enum class Role {
    descent,     ///< moves the map from where it is
    relaxation,  ///< moves a copy of the map that has one more dimension, against a penalty
    candidate,   ///< descends from the end of the relaxation, without the extra dimension; replaces the map if lower
    fallback     ///< descends from the map, which has not converged yet; only if the preceding candidate ended with a
                 ///< higher cost
  };
  Optimizer* optimizer;
  StopRule stop;
  Role role = Role::descent;
  double penalty = 0;      ///< of a relaxation: weight of the penalty on the extra dimension
  std::uint64_t seed = 0;  ///< of a relaxation: of the noise that fills the extra dimension
};

/// Whether the schedule begins with stochastic iterations, for which points should be in random order.
bool begins_stochastic(const Options& options, Index points);
/// Whether E is evaluated over all pairs: because the optimizer iterates over them, or because there are at most
/// exact_points points.
bool evaluates_all_pairs(const Options& options, Index points);

/// The optimizers of a run and the order in which they work: a list of stages, fixed by the options and the number of
/// points.
///
///     automatic, up to 20,000 points:   pseudo-Newton, 30 iterations; descent
///     automatic, up to 50,000 points:   stochastic iterations; descent
///     automatic, up to 200,000 points:  stochastic iterations; L-BFGS to a tolerance of 1e-5
///     automatic, beyond:                stochastic iterations
///     l-bfgs:                           descent
///     any other optimizer:              that optimizer until convergence
///
/// where "descent" is L-BFGS until convergence, and with relaxations, for each of them, L-BFGS to a tolerance of 1e-5,
/// then in one more dimension against six penalties, from 0.02 to 0.64.
class Schedule {
 public:
  /// objective: nullptr if pairs are too many to evaluate (see evaluates_all_pairs); points: the same points for
  /// stochastic iterations, which measure distances themselves; start: local rows of the initial map. All ranks; comm,
  /// objective and penalties must outlive it. Throws InputError if there are penalties and the schedule begins with
  /// stochastic iterations.
  Schedule(const mpi::Communicator& comm, const Options& options, const Objective* objective,
           const Penalties& penalties, Stochastic::Points points, RowMatrixD start, const Log& log);

  /// One iteration, which may end a stage; if no step decreases the objective it ends the stage and does not count.
  /// All ranks. Throws InputError if a gradient descent has diverged.
  void iterate();
  bool done() const { return done_ != 0; }
  /// Number of the current stage and a stage's name for people.
  Index stage() const { return stage_; }
  const char* name_of(Index stage) const;
  /// The objective at points(); during stochastic iterations E of the iteration's pairs.
  double cost() const { return cost_; }
  /// The cost before the first iteration and after each one.
  const std::vector<double>& history() const { return history_; }
  /// Local rows of the map; of the best so far if a relaxation has begun.
  const RowMatrixD& points() const { return y_; }

  NamedArrays arrays();
  /// Continues from the restored arrays(). All ranks; cost: one evaluation.
  void resume();

 private:
  template <class T, class... Arguments>
  T& add(Arguments&&... arguments);
  void add_automatic(Stochastic::Points points, const Log& log);
  void add_stochastic(Stochastic::Points points);
  void add_descent(Index relaxations, double tolerance);
  void begin_stage(Index stage, RowMatrixD from);
  void next_stage();
  RowMatrixD with_extra_dimension(std::uint64_t seed) const;
  const Stage& current() const { return stages_[stage_]; }

  const mpi::Communicator& comm_;
  Options options_;
  const Objective* objective_;
  const Penalties& penalties_;
  RowPartition partition_;
  double exact_value_;
  std::vector<std::unique_ptr<Optimizer>> optimizers_;
  LbfgsDescent* lbfgs_ = nullptr;  // the one among optimizers_ that relaxes
  std::vector<Stage> stages_;

  RowMatrixD y_;
  double cost_ = 0;
  std::vector<double> history_;
  Index stage_ = 0, done_ = 0;
  std::vector<double> values_;  // of the current stage's optimizer, from its start
};

}  // namespace replearn::sammon
