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

/// How the stress is brought down. automatic: pseudo-Newton, then L-BFGS and detours, while all pairs are few enough to
/// be passed over again and again; stochastic first where they are not.
enum class Optimizer { automatic, pseudo_newton, gradient_descent, lbfgs, stochastic, majorization };

struct Options {
  PairWeight weight;  ///< of a pair: Sammon's 1 / d*, or another of the family 1 / (d*^a + b)
  Optimizer optimizer = Optimizer::automatic;
  Index iterations = 2000;     ///< at most, those of detours and stochastic rounds counted
  double magic_factor = 0.35;  ///< MF of the paper, 0.3 to 0.4: step of the first pseudo-Newton iteration
  double tolerance = 1e-8;     ///< at rest when E has fallen by less than this share of itself over 10 iterations
  Index detours = 1;           ///< of automatic and lbfgs: tries to find a lower rest through one dimension more
  double learning_rate = 0.5;  ///< of gradient_descent; see GradientDescent: above 1 equal weights diverge
  double momentum = 0;         ///< of the same
  Index rounds = 600;          ///< of stochastic
  std::uint64_t seed = 0;      ///< of stochastic rounds and detours
  Metric metric = Metric::euclidean;
  ZeroDistance zero_distance = ZeroDistance::error;
  StorageOptions storage;

  /// Throws InputError naming the option.
  void validate() const;
};

/// Up to so many points automatic passes over all pairs in each iteration; beyond, after stochastic rounds: with
/// detours and to the given tolerance up to thorough_points, without and to 1e-5 up to exact_points. E is that of all
/// pairs so far; beyond it is that of the last rounds' pairs.
constexpr Index automatic_points = 20'000, thorough_points = 50'000, exact_points = 200'000;

/// Sammon's map (J. W. Sammon 1969, "A nonlinear mapping for data structure analysis", IEEE Trans. Computers C-18):
/// points y_i whose distances d_ij come near the given d*_ij,
///
///     E = 1/c * sum_{i<j} w_ij (d*_ij - d_ij)^2,     c = sum_{i<j} w_ij d*_ij^2,     w_ij = 1 / (d*_ij^a + b).     (1)
///
/// a = 1, b = 0 is the paper's (c is sum d* then). Methods: see Optimizer, and README.md for why, with figures.
///
/// Detours: a map at rest is let out into one dimension more and pressed flat again by and by, so that groups of points
/// pass each other that cannot pass in the plane. What comes out lower is taken.
///
/// All but gradient descent and stochastic rounds never let E rise from one iteration to the next; on a detour it is
/// that of the map kept meanwhile. A computation that runs up to step N; equal to the bit on any number of ranks.
///
/// Cost of an iteration (stochastic rounds: stochastic.hpp), d and q columns of data and map, p ranks:
///
///     pairs       n^2 / 2p a rank, 0.3 ns each at q = 2 with distances kept, 1.8 at d = 50 with them measured anew
///     sent        an all-gather of 4 n q bytes, a reduce-scatter of 8 n q; L-BFGS: about 20 sums of one number besides
///     memory      2 n^2 / p bytes of distances a rank (1 as uint16; 0 if measured anew), 4 n d of data a node,
///                 36 n q a rank, 250 n q / p of L-BFGS
///
/// n = 10^6, d = 50, q = 2 on 64 nodes of 64 ranks: 1.2e8 pairs a rank and iteration, 0.04 s with distances kept (2 TB
/// in all, 32 GB a node) or 0.2 s measured anew (200 MB a node); 24 MB sent, 0.01 s at 2.5 GB/s. 600 stochastic rounds
/// are 2e7 pairs a rank, 0.04 s, and 600 all-gathers of 16 MB, 4 s. So rounds and 100 L-BFGS iterations take some 10 to
/// 30 s there; on one such node with distances measured anew, rounds 4 s and each further iteration 14 s. Beyond
/// exact_points no such iterations are taken: a map of landmarks or of rounds alone is then within about a percent.
/// (Computed from one machine's figures, n = 100,000 on 2 ranks; not run at that size.)
class State {
 public:
  /// x: n x D data; start: n x q first points (PCA scores, say). point_weights: of my rows, a pair counts as much as
  /// their product says; empty: all 1. All ranks. comm and log must outlive the state.
  /// Throws InputError if two rows of x are at distance 0 (naming them, unless options.zero_distance has another way)
  /// or infinitely far apart, a value is not finite, a weight not positive, or the start has other rows than x or no
  /// two points that differ.
  State(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
        const Options& options, const Log& log = Log(), PenaltyTerms wishes = {},
        std::vector<float> point_weights = {});
  /// The same of distances that are there already (options.metric is not looked at).
  State(const mpi::Communicator& comm, GivenDistances given, const DistributedMatrix& start, const Options& options,
        const Log& log = Log(), PenaltyTerms wishes = {}, std::vector<float> point_weights = {});
  ~State();
  State(State&&) noexcept;

  /// Goes on to iteration `step`, or until converged. All ranks. Throws InputError if a gradient descent has diverged.
  void run_until(Index step);
  Index step() const;
  bool converged() const;
  /// "stochastic", "pseudo-newton", "l-bfgs", "detour", "gradient descent" or "majorization".
  const char* phase() const;
  /// E and the wishes' cost of the present points; in stochastic rounds E of the round's pairs.
  double cost() const;
  /// The cost before the first iteration and after each.
  const std::vector<double>& history() const;
  /// n x q; centered, but if points are anchored. All ranks.
  DistributedMatrix points() const;
  /// What is to be stored so that a State of the same data, start and options goes on as this one. All ranks.
  Arrays arrays() const;
  /// Goes on where another State stood. All ranks; cost: one evaluation.
  void restore(const Arrays& arrays);

  /// The map judged. All ranks; cost: one evaluation.
  struct MapQuality {
    double stress = 0;  ///< E
    double sum = 0;     ///< sum w (d* - d)^2; NaN if E is that of some pairs only
    bool exact = true;  ///< over all pairs
    std::vector<float>
        point_stress;  ///< n / 2c sum_j w_ij (d*_ij - d_ij)^2 of my rows: E is their mean. Empty if not exact
    std::vector<double> pulled_distances, pushed_distances;  ///< see Penalties
  };
  MapQuality quality() const;
  /// Where pairs lie in the plane of d* and d, in bins x bins; no bins if E is that of some pairs only. All ranks.
  ShepardCounts shepard(Index bins) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::sammon
