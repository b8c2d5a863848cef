#include "app/sammon/sammon.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

namespace {

void add_stress_options(OptionSet& set, SammonSettings& settings) {
  auto& o = settings.method;
  set.add("dimensions", settings.dimensions, "Dimensions of the map")
      .between(1, 1000)
      .add_choice("stress", settings.stress,
                  {{"sammon", StressForm::sammon},
                   {"raw", StressForm::raw},
                   {"smoothed", StressForm::smoothed},
                   {"weighted", StressForm::weighted}},
                  "Contribution of a pair at distance d* in the data and d in the map. sammon: (d* - d)^2 / d*; raw: "
                  "(d* - d)^2; smoothed: (d* - d)^2 / (d* + 1); weighted: (d* - d)^2 / (d*^a + b). The stress E is the "
                  "sum over all pairs, divided by its value at d = 0; with sammon, this is the definition of the paper")
      .add("weight-a", o.weight.a, "Exponent a of --stress weighted")
      .between(-100, 100)
      .add("weight-b", o.weight.b, "Constant b of --stress weighted")
      .between(0, 1e30);
}

void add_optimizer_options(OptionSet& set, SammonSettings& settings) {
  using Optimizer = sammon::OptimizerKind;
  auto& o = settings.method;
  set.add_choice(
         "optimizer", o.optimizer,
         {{"auto", Optimizer::automatic},
          {"pseudo-newton", Optimizer::pseudo_newton},
          {"gradient-descent", Optimizer::gradient_descent},
          {"lbfgs", Optimizer::lbfgs},
          {"stochastic", Optimizer::stochastic},
          {"majorization", Optimizer::majorization}},
         "Optimization method. auto: up to 20,000 cells, 30 iterations of the paper's pseudo-Newton method, then "
         "L-BFGS; above, stochastic iterations, then L-BFGS (up to 200,000 cells); reported in the log. "
         "gradient-descent uses the fixed --learning-rate and may diverge; majorization (SMACOF) decreases the stress "
         "in every step but is slow")
      .add("iterations", o.iterations,
           "Maximum number of iterations; each evaluates cells^2 / 2 pairs over all ranks, at 0.3 ns or more per pair")
      .between(0, 1e9)
      .add("magic-factor", o.magic_factor,
           "Magic factor (step size) of the paper's pseudo-Newton method, usually 0.3 to 0.4")
      .between(1e-30, 1)
      .add("tolerance", o.tolerance,
           "Convergence tolerance: stop when the relative decrease of the stress over 10 iterations is smaller")
      .between(0, 1)
      .add(
          "relaxations", o.relaxations,
          "Number of dimensional relaxations with auto and lbfgs: the converged map gets an extra dimension, which a "
          "growing "
          "penalty removes again, to reach a lower minimum; each takes two to three times as long as the first descent")
      .between(0, 1000)
      .add(
          "learning-rate", o.learning_rate,
          "Learning rate of gradient-descent, for the sum of --stress divided by cells * mean weight; with --stress "
          "raw, 0.5 equals a majorization step; above 1 the map oscillates or diverges, and the run ends with an error")
      .between(1e-30, 1e6)
      .add("momentum", o.momentum, "Momentum of gradient-descent")
      .between(0, 1)
      .add("rounds", o.rounds,
           "Number of stochastic iterations; each pairs a cell with 48 to 240 others, more of them in larger data")
      .between(1, 1e9)
      .add("seed", o.seed, "Random seed of stochastic iterations, dimensional relaxation and random initialization");
}

void add_distance_options(OptionSet& set, SammonSettings& settings) {
  auto& o = settings.method;
  add_metric(set, o.metric, "Distance between cells in the data");
  add_representation(set, settings.use_rep, settings.feature_types)
      .add("distances-key", settings.distances_key,
           "Key of obsp with precomputed distances: a dense cells x cells array such as the output of replearn pdist, "
           "read block by block. Empty: distances are computed")
      .add_choice(
          "zero-distance", o.zero_distance,
          {{"error", sammon::ZeroDistance::error},
           {"merge", sammon::ZeroDistance::merge},
           {"epsilon", sammon::ZeroDistance::epsilon}},
          "Treatment of pairs at distance 0, for which Sammon's stress is undefined. error: report them; merge: treat "
          "duplicates as one point with their total weight (with cosine, correlation or --distances-key at the cost of "
          "one more pass over all pairs); epsilon: replace 0 by half the smallest positive distance")
      .add_choice("distance-storage", o.storage.precision,
                  {{"float32", sammon::Precision::float32}, {"uint16", sammon::Precision::uint16}},
                  "Storage of cached distances. float32: 4 bytes per pair; uint16: 2 bytes, quantized to 65,535 levels "
                  "up to the maximum, the error reported in the log")
      .add("distance-memory", o.storage.memory,
           "Memory per rank for cached distances, in bytes; distances beyond it are recomputed in each iteration, "
           "which takes six times as long with 50 columns. auto: half of the node's free memory, divided among its "
           "ranks")
      .between(0, 1e15)
      .changes_no_result();
}

void add_steering_options(OptionSet& set, SammonSettings& settings) {
  set.add_choice(
         "start", settings.start, {{"pca", SammonStart::pca}, {"random", SammonStart::random}},
         "Initial positions. pca: principal components (random if distances are precomputed); random: Gaussian noise")
      .add("start-key", settings.start_key,
           "Key of obsm whose first columns are the initial positions. Empty: initial positions by --start")
      .add("pull", settings.pull,
           "COLUMN=LABEL:WEIGHT, comma-separated: pulls the cells with this obs label together by adding WEIGHT * "
           "(their mean squared distance in the map, relative to that in the data) to E; 0.01 is a weak, 1 a strong "
           "weight")
      .add("push", settings.push,
           "COLUMN=LABEL:WEIGHT, comma-separated: pushes the cells with this obs label away by subtracting WEIGHT * "
           "(distance between their mean and the mean of all others) from E")
      .add("point-weights", settings.point_weights,
           "obs column of cell weights; the weight of a pair is the product of both. Empty: all 1")
      .add("anchor-points", settings.anchor_points,
           "Key of obsm with fixed positions, one column per map dimension; NaN: the cell is free. Empty: all cells "
           "are free")
      .add("l2", settings.l2,
           "L2 penalty: adds this value * (mean squared norm of the points, relative to that of the data's distances) "
           "to E")
      .between(0, 1e6);
}

void add_sammon_place_options(OptionSet& set, SammonSettings& settings) {
  set.add(
         "landmarks", settings.landmarks,
         "Number of randomly drawn landmark cells to map; each other cell is placed in that map independently, for "
         "data too large to map as a whole. obs/sammon_stress is then a cell's stress against the landmarks. none: map "
         "all cells")
      .between(0, 1e9)
      .add("reference", settings.reference,
           "Reference map: an .h5ad with X_sammon and the same --use-rep. The cells of --input are placed in this "
           "fixed map, each independently of the others, in time O(new cells * reference cells). Empty: compute a new "
           "map")
      .reads_file()
      .add("figures", settings.figures,
           "Folder for diagnostic figures: stress E per iteration, and a Shepard diagram (distances in the map against "
           "distances in the data). Empty: none")
      .writes_into_folder();
}

}  // namespace

OptionSet sammon_options(SammonSettings& settings) {
  OptionSet set("sammon", "Sammon map");
  add_stress_options(set, settings);
  add_optimizer_options(set, settings);
  add_distance_options(set, settings);
  add_steering_options(set, settings);
  add_sammon_place_options(set, settings);
  set.show_common({"dimensions", "stress", "optimizer", "iterations", "tolerance", "metric", "use-rep", "zero-distance",
                   "start", "landmarks", "reference", "figures", "seed"})
      .show_zero_as("auto", {"distance-memory"})
      .show_zero_as("none", {"landmarks"});
  return set;
}

}  // namespace replearn::cli
