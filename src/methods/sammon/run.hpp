#pragma once
#include <string>
#include <utility>
#include <vector>

#include "data/named_arrays.hpp"
#include "methods/sammon/sammon.hpp"

namespace replearn::sammon {

struct Results {
  DistributedMatrix points;
  State::MapQuality quality;
  double stress = 0;  ///< E
  bool converged = false;
  std::vector<double> history;  ///< see State
  /// Which phase began after how many iterations.
  std::vector<std::pair<std::string, Index>> phases;
};

/// A State with what is kept on its way: what a command drives and a checkpoint holds. It ends after
/// options.iterations, or at rest. However it is cut into calls of run_until, the result is the same to the bit. All
/// ranks.
class Run {
 public:
  Run(State state, const Options& options, const Log& log = Log());

  /// Goes on to iteration `step`, or to the end.
  void run_until(Index step);
  bool done() const { return state_.converged() || state_.step() >= iterations_; }
  Index step() const { return state_.step(); }
  Progress progress() const;

  /// For a checkpoint: State::arrays(), written into as few arrays as its checkpoint has.
  NamedArrays arrays();
  /// To be called when arrays() have been filled: goes on from there. All ranks; cost: one evaluation.
  void resume();

  /// At the end. All ranks. Throws InputError if E is not finite.
  Results results();
  const State& state() const { return state_; }

 private:
  void note_phase();

  State state_;
  Index iterations_;
  Log log_;
  std::vector<std::pair<std::string, Index>> phases_;
  // State::arrays() and phases_ in a row.
  RowMatrixD stored_rows_;
  std::vector<double> stored_shared_;
  std::vector<Index> stored_names_;  ///< of each array: letters of its name, their number before them, and its width
};

/// Runs a State to the end, telling `progress` after each iteration. All ranks.
Results run(State state, const Options& options, const ProgressCallback& progress = {}, const Log& log = Log());
Results sammon(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
               const Options& options, const ProgressCallback& progress = {}, const Log& log = Log());

}  // namespace replearn::sammon
