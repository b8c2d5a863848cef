#pragma once
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "data/named_arrays.hpp"
#include "methods/sammon/distance_source.hpp"
#include "methods/sammon/options.hpp"
#include "methods/sammon/penalties.hpp"
#include "methods/sammon/shepard.hpp"

namespace replearn::sammon {

/// Sammon's map (J. W. Sammon 1969, "A nonlinear mapping for data structure analysis", IEEE Trans. Computers C-18):
/// points y_i whose distances d_ij approximate the given d*_ij,
///
///     E = 1/c * sum_{i<j} w_ij (d*_ij - d_ij)^2,     c = sum_{i<j} w_ij d*_ij^2,     w_ij = 1 / (d*_ij^a + b).     (1)
///
/// a = 1, b = 0 is the paper's (c is then sum d*). The optimizers, dimensional relaxation (options.relaxations) and the
/// cost of an iteration are described in README.md.
///
/// Except for gradient descent and stochastic iterations, E never rises from one iteration to the next; during
/// relaxation it is that of the best map so far. A computation that runs up to step N; equal to the bit on any number
/// of ranks.
class State {
 public:
  /// x: n x D data; start: n x q initial points (for example PCA scores). point_weights: for the local rows, a pair is
  /// weighted by their product; empty: all 1. All ranks. comm and log must outlive the state.
  /// Throws InputError if two rows of x are at distance 0 (naming them, unless options.zero_distance handles them) or
  /// infinitely far apart, a value is not finite, a weight is not positive, the start has a different number of rows,
  /// or no two of its points differ.
  State(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
        const Options& options, const Log& log = Log(), PenaltyTerms terms = {}, std::vector<float> point_weights = {});
  /// From given distances (options.metric is ignored).
  State(const mpi::Communicator& comm, DistanceSource given, const DistributedMatrix& start, const Options& options,
        const Log& log = Log(), PenaltyTerms terms = {}, std::vector<float> point_weights = {});
  ~State();
  State(State&&) noexcept;

  /// Runs up to iteration `step`, or until converged. All ranks. Throws InputError if a gradient descent has diverged.
  void run_until(Index step);
  Index step() const;
  bool converged() const;
  /// Number of the current stage of the schedule, and a stage's name: "stochastic", "pseudo-newton", "l-bfgs",
  /// "relaxation", "gradient descent" or "majorization".
  Index stage() const;
  const char* name_of(Index stage) const;
  /// E plus the penalty terms at the current points; during stochastic iterations E of the iteration's pairs.
  double cost() const;
  /// The cost before the first iteration and after each iteration.
  const std::vector<double>& history() const;
  /// n x q; centered unless points are anchored. All ranks.
  DistributedMatrix points() const;
  /// State for a checkpoint, from which a State of the same data, start and options continues.
  NamedArrays arrays();
  /// Continues from the restored arrays(). All ranks; cost: one evaluation.
  void resume();

  /// Quality of the map. All ranks; cost: one evaluation.
  struct MapQuality {
    double stress = 0;      ///< E
    double raw_stress = 0;  ///< sum w (d* - d)^2; NaN if E covers only some pairs
    bool exact = true;      ///< whether E covers all pairs
    std::vector<float>
        point_stress;  ///< for the local rows: n / 2c sum_j w_ij (d*_ij - d_ij)^2, whose mean is E; empty if not exact
    std::vector<double> pulled_distances, pushed_distances;  ///< see Penalties
  };
  MapQuality quality() const;
  /// Histogram of the pairs over d* and d, bins x bins; no bins if E covers only some pairs. All ranks.
  ShepardCounts shepard(Index bins) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::sammon
