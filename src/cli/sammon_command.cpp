#include "cli/commands.hpp"
#include "cli/drive.hpp"
#include "cli/feature_types.hpp"
#include "cli/metric_options.hpp"
#include "cli/pulls.hpp"
#include "cli/sammon_figures.hpp"
#include "cli/sammon_inputs.hpp"
#include "cli/sammon_place.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

void require(bool holds, const std::string& option, const std::string& what, const std::string& hint) {
  if (!holds) throw InputError("", option, what, hint);
}

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
  using sammon::Optimizer;
  auto& o = settings.method;
  set.add_choice(
         "optimizer", o.optimizer,
         {{"auto", Optimizer::automatic},
          {"pseudo-newton", Optimizer::pseudo_newton},
          {"gradient-descent", Optimizer::gradient_descent},
          {"lbfgs", Optimizer::lbfgs},
          {"stochastic", Optimizer::stochastic},
          {"majorization", Optimizer::majorization}},
         "Optimization method. auto: 30 iterations of the paper's pseudo-Newton method, then L-BFGS, preceded by "
         "stochastic rounds above 20000 cells; the log reports which and why. gradient-descent uses the fixed "
         "--learning-rate and may diverge; majorization (SMACOF) decreases the stress in every step but is slow")
      .add("iterations", o.iterations,
           "Maximum number of iterations; each evaluates cells^2 / 2 pairs over all ranks, at 0.3 ns or more per pair")
      .between(0, 1e9)
      .add("magic-factor", o.magic_factor,
           "Magic factor (step size) of the paper's pseudo-Newton method, usually 0.3 to 0.4")
      .between(1e-30, 1)
      .add("tolerance", o.tolerance,
           "Convergence tolerance: stop when the relative decrease of the stress over 10 iterations is smaller")
      .between(0, 1)
      .add("relaxations", o.relaxations,
           "Number of dimensional relaxations with auto and lbfgs: a converged map gets an extra dimension that is "
           "penalized away again, to reach a lower minimum; each costs two or three times the optimization before")
      .between(0, 1000)
      .add("learning-rate", o.learning_rate,
           "Learning rate of gradient-descent, for the sum of --stress divided by cells * mean weight; with --stress "
           "raw, 0.5 equals a majorization step, and above 1 the optimization diverges and the run ends")
      .between(1e-30, 1e6)
      .add("momentum", o.momentum, "Momentum of gradient-descent")
      .between(0, 1)
      .add("rounds", o.rounds,
           "Stochastic rounds; each pairs a cell with 48 to 240 others, more of them in larger data")
      .between(1, 1e9)
      .add("seed", o.seed, "Random seed of stochastic rounds, dimensional relaxation and random initialization");
}

void add_distance_options(OptionSet& set, SammonSettings& settings) {
  auto& o = settings.method;
  add_metric(set, o.metric, "Distance between cells in the data")
      .add("use-rep", settings.use_rep,
           "Representation to use: an obsm key or X. auto: X_pca if present, else X if it has at most 50 columns, else "
           "a PCA computed first")
      .add("feature-types", settings.feature_types, feature_types_of_x_help)
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

ValueTree record(Workspace& work, const SammonSettings& settings, const sammon::Options& options,
                 const sammon::Results& results) {
  const auto& quality = results.quality;
  ValueTree parameters, uns;
  parameters.set("weight_a", options.weight.a).set("weight_b", options.weight.b);
  parameters.set("magic_factor", options.magic_factor);
  if (settings.distances_key.empty()) {
    record_metric(parameters, options.metric);
    parameters.set("use_rep", work.representation_name(settings.use_rep));
  } else {
    parameters.set("distances_key", settings.distances_key);
  }
  uns.set("params", std::move(parameters)).set("stress", results.stress).set("stress_history", results.history);
  if (quality.exact) uns.set("stress_sum", quality.sum);
  if (!settings.pull.empty()) uns.set("pulls", settings.pull).set("pulled_distances", quality.pulled_distances);
  if (!settings.push.empty()) uns.set("pushes", settings.push).set("pushed_distances", quality.pushed_distances);
  return uns;
}

}  // namespace

sammon::Options SammonSettings::checked() const {
  sammon::Options options = method;
  if (stress != StressForm::weighted) {
    const PairWeight untouched;
    require(options.weight == untouched, "--weight-a, --weight-b", "apply to --stress weighted only",
            "choose --stress weighted, or omit them");
    if (stress == StressForm::raw) options.weight = {0, 0};
    if (stress == StressForm::smoothed) options.weight = {1, 1};
  }
  require(dimensions >= 1, "--dimensions", std::to_string(dimensions) + " is less than 1", "2 is usual");
  options.validate();
  for (const auto& text : pull) parse_pull("--pull", text);
  for (const auto& text : push) parse_pull("--push", text);
  require(start_key.empty() || start == SammonStart::pca, "--start",
          "and --start-key both define the initial positions", "omit one of them");
  const bool placing = !reference.empty() || landmarks != 0;
  require(reference.empty() || landmarks == 0, "--landmarks", "has no effect on cells placed by --reference",
          "omit one of them");
  const std::string alone = landmarks != 0 ? "--landmarks" : "--reference";
  require(!placing || (pull.empty() && push.empty() && l2 == 0 && point_weights.empty() && anchor_points.empty()),
          alone, "places cells independently, without penalties, weights or anchors",
          "omit --pull, --push, --l2, --point-weights and --anchor-points");
  require(!placing || distances_key.empty(), alone, "computes distances itself", "omit --distances-key");
  require(!placing || figures.empty(), alone, "computes no joint map that figures could show", "omit --figures");
  return options;
}

OptionSet sammon_options(SammonSettings& settings) {
  OptionSet set("sammon", "Sammon map");
  add_stress_options(set, settings);
  add_optimizer_options(set, settings);
  add_distance_options(set, settings);
  add_steering_options(set, settings);
  add_sammon_place_options(set, settings);
  set.show_usual({"dimensions", "stress", "optimizer", "iterations", "tolerance", "metric", "use-rep", "zero-distance",
                  "start", "landmarks", "reference", "figures", "seed"})
      .show_zero_as("auto", {"distance-memory"})
      .show_zero_as("none", {"landmarks"});
  return set;
}

void sammon_step(Workspace& work, const SammonSettings& settings) {
  const auto options = settings.checked();
  if (!settings.reference.empty()) return sammon_place_step(work, settings, options);
  if (settings.landmarks != 0) return sammon_landmarks_step(work, settings, options);
  auto& session = work.session();
  const auto& comm = work.comm();
  auto penalties = sammon_penalties(work, settings);
  auto weights = sammon_point_weights(work, settings);
  const bool stored = !settings.distances_key.empty();
  const DistributedMatrix* x = stored ? nullptr : &work.representation(settings.use_rep, settings.feature_types);
  const auto start = sammon_start(work, settings, x);
  sammon::Run run(session.phases.measure(
                      "sammon",
                      [&] {
                        return stored ? sammon::State(comm, stored_distances(work, settings.distances_key), start,
                                                      options, session.log, std::move(penalties), std::move(weights))
                                      : sammon::State(comm, *x, start, options, session.log, std::move(penalties),
                                                      std::move(weights));
                      }),
                  options, session.log);
  drive(session, "sammon", "E", run);
  const auto results = session.phases.measure("sammon", [&] { return run.results(); });
  SammonSettings used = settings;
  if (!stored) used.use_rep = work.representation_name(settings.use_rep);
  work.used(sammon_options(used));
  sammon::ShepardCounts shepard;
  if (!settings.figures.empty()) shepard = session.phases.measure("sammon", [&] { return run.state().shepard(200); });
  session.log.line(format("sammon: stress E = %.6f%s after %zu iterations", results.stress,
                          results.quality.exact ? "" : " (estimated from the pairs of the last rounds)",
                          results.history.size() - 1));
  work.out().put_uns("sammon", std::make_shared<ValueTree>(record(work, settings, options, results)));
  if (results.quality.exact) {
    work.out().put_obs_column("sammon_stress",
                              mpi::gather_v(comm, std::span<const float>(results.quality.point_stress)));
  }
  work.found_embedding("X_sammon", results.points);
  if (!settings.figures.empty()) draw_sammon(work, settings.figures, results, shepard);
}

void sammon_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_long_step<SammonSettings>(comm, arguments, "sammon",
                                "Sammon map; writes obsm/X_sammon, obs/sammon_stress, uns/sammon", sammon_options,
                                sammon_step);
}

}  // namespace replearn::cli
