#pragma once
#include <cstdint>

#include "methods/sammon/stored_distances.hpp"
#include "methods/sammon/stress_kernel.hpp"
#include "numerics/metric.hpp"

namespace replearn::sammon {

/// How the stress is minimized. automatic: pseudo-Newton, then L-BFGS with dimensional relaxation, as long as each
/// iteration can visit all pairs; preceded by stochastic iterations for larger data (schedule.hpp).
enum class OptimizerKind { automatic, pseudo_newton, gradient_descent, lbfgs, stochastic, majorization };

struct Options {
  PairWeight weight;  ///< weight of a pair: Sammon's 1 / d*, or another of the family 1 / (d*^a + b)
  OptimizerKind optimizer = OptimizerKind::automatic;
  Index iterations = 2000;     ///< maximum, including relaxations and stochastic ones
  double magic_factor = 0.35;  ///< MF of the paper, 0.3 to 0.4: step length of the first pseudo-Newton iteration
  double tolerance = 1e-8;     ///< converged when the relative decrease of E over 10 iterations is smaller
  Index relaxations = 1;       ///< of automatic and lbfgs: dimensional relaxations, attempts to find a lower minimum
  double learning_rate = 0.5;  ///< of gradient_descent: above 1 it diverges with equal weights, see GradientDescent
  double momentum = 0;         ///< of gradient_descent
  Index rounds = 600;          ///< number of stochastic iterations
  std::uint64_t seed = 0;      ///< of stochastic iterations and relaxations
  Metric metric = Metric::euclidean;
  ZeroDistance zero_distance = ZeroDistance::error;
  StorageOptions storage;

  /// Throws InputError naming the option.
  void validate() const;
};

/// Numbers of points that determine the automatic schedule. Up to automatic_points every iteration visits all pairs;
/// beyond, stochastic iterations come first, followed up to thorough_points by L-BFGS with relaxation and the given
/// tolerance, and up to exact_points by L-BFGS without relaxation and a tolerance of 1e-5. Up to there E covers all
/// pairs; beyond, the pairs of the last stochastic iterations.
constexpr Index automatic_points = 20'000, thorough_points = 50'000, exact_points = 200'000;

}  // namespace replearn::sammon
