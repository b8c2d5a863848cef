#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "methods/progress.hpp"
#include "methods/sammon/arrays.hpp"
#include "methods/sammon/given_distances.hpp"
#include "methods/sammon/input_distances.hpp"
#include "methods/sammon/penalties.hpp"
#include "methods/sammon/shepard.hpp"
#include "numerics/metric.hpp"
#include "numerics/stress_tile.hpp"

namespace replearn::sammon {

/// How the stress is minimized. automatic: pseudo-Newton, then L-BFGS with dimensional relaxation, as long as each
/// iteration can visit all pairs; preceded by stochastic rounds for larger data.
enum class Optimizer { automatic, pseudo_newton, gradient_descent, lbfgs, stochastic, majorization };

struct Options {
  PairWeight weight;  ///< weight of a pair: Sammon's 1 / d*, or another of the family 1 / (d*^a + b)
  Optimizer optimizer = Optimizer::automatic;
  Index iterations = 2000;     ///< maximum, including relaxations and stochastic rounds
  double magic_factor = 0.35;  ///< MF of the paper, 0.3 to 0.4: step length of the first pseudo-Newton iteration
  double tolerance = 1e-8;     ///< converged when the relative decrease of E over 10 iterations is smaller
  Index relaxations = 1;       ///< of automatic and lbfgs: dimensional relaxations, attempts to find a lower minimum
  double learning_rate = 0.5;  ///< of gradient_descent: above 1 it diverges with equal weights, see GradientDescent
  double momentum = 0;         ///< of gradient_descent
  Index rounds = 600;          ///< number of rounds of the stochastic optimizer
  std::uint64_t seed = 0;      ///< of stochastic rounds and relaxations
  Metric metric = Metric::euclidean;
  ZeroDistance zero_distance = ZeroDistance::error;
  StorageOptions storage;

  /// Throws InputError naming the option.
  void validate() const;
};

/// Numbers of points that determine the automatic schedule. Up to automatic_points every iteration visits all pairs;
/// beyond, stochastic rounds come first, followed up to thorough_points by L-BFGS with relaxation and the given
/// tolerance, and up to exact_points by L-BFGS without relaxation and a tolerance of 1e-5. Up to there E covers all
/// pairs; beyond, the pairs of the last rounds.
constexpr Index automatic_points = 20'000, thorough_points = 50'000, exact_points = 200'000;

/// Sammon's map (J. W. Sammon 1969, "A nonlinear mapping for data structure analysis", IEEE Trans. Computers C-18):
/// points y_i whose distances d_ij approximate the given d*_ij,
///
///     E = 1/c * sum_{i<j} w_ij (d*_ij - d_ij)^2,     c = sum_{i<j} w_ij d*_ij^2,     w_ij = 1 / (d*_ij^a + b).     (1)
///
/// a = 1, b = 0 is the paper's (c is then sum d*). The optimizers, dimensional relaxation (options.relaxations) and the
/// cost of an iteration are described in README.md.
///
/// Except for gradient descent and stochastic rounds, E never rises from one iteration to the next; during relaxation
/// it is that of the best map so far. A computation that runs up to step N; equal to the bit on any number of ranks.
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
  State(const mpi::Communicator& comm, GivenDistances given, const DistributedMatrix& start, const Options& options,
        const Log& log = Log(), PenaltyTerms terms = {}, std::vector<float> point_weights = {});
  ~State();
  State(State&&) noexcept;

  /// Runs up to iteration `step`, or until converged. All ranks. Throws InputError if a gradient descent has diverged.
  void run_until(Index step);
  Index step() const;
  bool converged() const;
  /// "stochastic", "pseudo-newton", "l-bfgs", "relaxation", "gradient descent" or "majorization".
  const char* phase() const;
  /// E plus the penalty terms at the current points; during stochastic rounds E of the round's pairs.
  double cost() const;
  /// The cost before the first iteration and after each iteration.
  const std::vector<double>& history() const;
  /// n x q; centered unless points are anchored. All ranks.
  DistributedMatrix points() const;
  /// The state to store so that a State of the same data, start and options continues from here. All ranks.
  Arrays arrays() const;
  /// Restores the state saved by arrays(). All ranks; cost: one evaluation.
  void restore(const Arrays& arrays);

  /// Quality of the map. All ranks; cost: one evaluation.
  struct MapQuality {
    double stress = 0;  ///< E
    double sum = 0;     ///< sum w (d* - d)^2; NaN if E covers only some pairs
    bool exact = true;  ///< whether E covers all pairs
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
