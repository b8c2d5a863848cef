#pragma once
#include <string>
#include <utility>
#include <vector>

#include "data/named_arrays.hpp"
#include "methods/progress.hpp"
#include "methods/sammon/sammon.hpp"

namespace replearn::sammon {

struct Results {
  DistributedMatrix points;
  State::MapQuality quality;
  double stress = 0;  ///< E
  bool converged = false;
  std::vector<double> history;  ///< see State
  /// Each phase with the number of iterations before it.
  std::vector<std::pair<std::string, Index>> phases;
};

/// A State with the history of its phases; this is what run_with_checkpoints runs and stores. Ends after
/// options.iterations, or on convergence. The result is the same to the bit however the run is divided into calls of
/// run_until. All ranks.
class Run {
 public:
  Run(State state, const Options& options, const Log& log = Log());

  /// Runs up to iteration `step`, or to the end.
  void run_until(Index step);
  bool done() const { return state_.converged() || state_.step() >= iterations_; }
  Index step() const { return state_.step(); }
  Progress progress() const;

  /// State for a checkpoint, see State.
  NamedArrays arrays();
  void resume() { state_.resume(); }

  /// Results at the end of the run. All ranks. Throws InputError if E is not finite.
  Results results();
  const State& state() const { return state_; }

 private:
  void note_phase();

  State state_;
  Index iterations_;
  Log log_;
  // Of each phase its stage in the schedule and the number of iterations before it.
  std::vector<Index> phase_stages_, phase_steps_;
};

/// Runs a State to the end and calls `progress` after each iteration. All ranks.
Results run(State state, const Options& options, const ProgressCallback& progress = {}, const Log& log = Log());
Results sammon(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
               const Options& options, const ProgressCallback& progress = {}, const Log& log = Log());

}  // namespace replearn::sammon
