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
  set.add("dimensions", settings.dimensions, "of the map, 1 or more")
      .between(1, 1000)
      .add_choice("stress", settings.stress,
                  {{"sammon", StressForm::sammon},
                   {"raw", StressForm::raw},
                   {"smoothed", StressForm::smoothed},
                   {"weighted", StressForm::weighted}},
                  "what a pair at distance d* in the data and d in the map adds. sammon: (d* - d)^2 / d*; raw: "
                  "(d* - d)^2; smoothed: (d* - d)^2 / (d* + 1); weighted: (d* - d)^2 / (d*^a + b). E is their sum over "
                  "that of a map of nothing (d = 0): with sammon the paper's")
      .add("weight-a", o.weight.a, "a of --stress weighted")
      .between(-100, 100)
      .add("weight-b", o.weight.b, "b of --stress weighted")
      .between(0, 1e30);
}

void add_optimizer_options(OptionSet& set, SammonSettings& settings) {
  using sammon::Optimizer;
  auto& o = settings.method;
  set.add_choice("optimizer", o.optimizer,
                 {{"auto", Optimizer::automatic},
                  {"pseudo-newton", Optimizer::pseudo_newton},
                  {"gradient-descent", Optimizer::gradient_descent},
                  {"lbfgs", Optimizer::lbfgs},
                  {"stochastic", Optimizer::stochastic},
                  {"majorization", Optimizer::majorization}},
                 "auto: 30 iterations of the paper's pseudo-newton, then lbfgs; beyond 20000 cells stochastic rounds "
                 "first; the log says which and why. gradient-descent goes by --learning-rate, whatever comes of it; "
                 "majorization never steps too far, and is slow")
      .add("iterations", o.iterations, "at most this many; each costs cells^2 / 2 ranks pairs, 0.3 ns each or more")
      .between(0, 1e9)
      .add("magic-factor", o.magic_factor, "step length of the paper's pseudo-Newton iteration, 0.3 to 0.4")
      .between(1e-30, 1)
      .add("tolerance", o.tolerance,
           "at rest when the stress has fallen by less than this share of itself over 10 iterations")
      .between(0, 1)
      .add("detours", o.detours,
           "of auto and lbfgs: times that a map at rest is let out into one dimension more and pressed flat again, to "
           "come to a lower rest; each costs two or three times the way to the first rest")
      .between(0, 1000)
      .add("learning-rate", o.learning_rate,
           "of gradient-descent, on the sum above divided by cells * mean weight: with --stress raw 0.5 is "
           "majorization's step and above 1 the descent diverges, which ends the run")
      .between(1e-30, 1e6)
      .add("momentum", o.momentum, "of gradient-descent: share of the last step kept in the next")
      .between(0, 1)
      .add("rounds", o.rounds,
           "of stochastic: in each a cell meets 48 to 240 others, the more the more cells there are")
      .between(1, 1e9)
      .add("seed", o.seed, "of stochastic rounds, detours and a random start");
}

void add_distance_options(OptionSet& set, SammonSettings& settings) {
  auto& o = settings.method;
  add_metric(set, o.metric, "distance between cells in the input")
      .add("use-rep", settings.use_rep,
           "an obsm key or X; auto: X_pca if there, else X if it has at most 50 columns, else PCA is run first")
      .add("feature-types", settings.feature_types, feature_types_of_x_help)
      .add("distances-key", settings.distances_key,
           "take the distances themselves from this key of obsp instead, a dense cells x cells array such as replearn "
           "pdist writes; read by blocks. Empty: they are measured")
      .add_choice(
          "zero-distance", o.zero_distance,
          {{"error", sammon::ZeroDistance::error},
           {"merge", sammon::ZeroDistance::merge},
           {"epsilon", sammon::ZeroDistance::epsilon}},
          "two cells at distance 0 have no value in Sammon's stress. error: they are named; merge: they are "
          "one point, as heavy as both (by cosine, correlation or --distances-key this costs one more pass over "
          "all pairs); epsilon: half the smallest "
          "distance there is")
      .add_choice("distance-storage", o.storage.precision,
                  {{"float32", sammon::Precision::float32}, {"uint16", sammon::Precision::uint16}},
                  "of kept distances: 4 bytes a pair; uint16: 2 bytes, in 65,535 steps up to the largest, the error "
                  "told in the log")
      .add("distance-memory", o.storage.memory,
           "bytes a rank may use to keep distances; beyond, they are measured anew in each iteration, which at 50 "
           "columns takes six times as long. 0: half of what the node has left, shared among its ranks")
      .between(0, 1e15)
      .changes_no_result();
}

void add_steering_options(OptionSet& set, SammonSettings& settings) {
  set.add_choice("start", settings.start, {{"pca", SammonStart::pca}, {"random", SammonStart::random}},
                 "first positions. pca: principal components (random if distances are given); random: normal")
      .add("start-key", settings.start_key,
           "take first positions from the first columns of this key of obsm instead. Empty: by --start")
      .add("pull", settings.pull,
           "COLUMN=LABEL:WEIGHT, several with commas: adds WEIGHT * (mean squared distance in the map between cells "
           "of that label in obs, over that in the data) to E, so that they come together; 0.01 is felt, 1 is strong")
      .add("push", settings.push,
           "the same, but takes off WEIGHT * (distance of their mean from that of all others), so that they move away")
      .add("point-weights", settings.point_weights,
           "a column of obs: a pair counts as much as the product of its cells' weights. Empty: all 1")
      .add("anchor-points", settings.anchor_points,
           "a key of obsm, one column a dimension: cells stay where it says, NaN for free ones. Empty: all are free")
      .add("l2", settings.l2, "adds this * (mean squared length of the points, over that of the data's distances)")
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
    require(options.weight == untouched, "--weight-a, --weight-b", "are of --stress weighted",
            "choose it, or leave them out");
    if (stress == StressForm::raw) options.weight = {0, 0};
    if (stress == StressForm::smoothed) options.weight = {1, 1};
  }
  require(dimensions >= 1, "--dimensions", std::to_string(dimensions) + " is less than 1", "take 2");
  options.validate();
  for (const auto& text : pull) parse_pull("--pull", text);
  for (const auto& text : push) parse_pull("--push", text);
  require(start_key.empty() || start == SammonStart::pca, "--start", "and --start-key both say where to start",
          "leave one of them out");
  const bool placing = !reference.empty() || landmarks != 0;
  require(reference.empty() || landmarks == 0, "--landmarks", "has no effect on cells that are placed by --reference",
          "leave one of them out");
  const std::string alone = landmarks != 0 ? "--landmarks" : "--reference";
  require(!placing || (pull.empty() && push.empty() && l2 == 0 && point_weights.empty() && anchor_points.empty()),
          alone, "places each cell by itself: nothing pulls, weighs or holds it", "leave steering out");
  require(!placing || distances_key.empty(), alone, "measures distances itself", "leave --distances-key out");
  require(!placing || figures.empty(), alone, "makes no map of all cells to judge", "leave --figures out");
  return options;
}

OptionSet sammon_options(SammonSettings& settings) {
  OptionSet set("sammon", "Sammon's map");
  add_stress_options(set, settings);
  add_optimizer_options(set, settings);
  add_distance_options(set, settings);
  add_steering_options(set, settings);
  add_sammon_place_options(set, settings);
  return set;
}

void sammon_step(Workspace& work, const SammonSettings& settings) {
  const auto options = settings.checked();
  if (!settings.reference.empty()) return sammon_place_step(work, settings, options);
  if (settings.landmarks != 0) return sammon_landmarks_step(work, settings, options);
  auto& session = work.session();
  const auto& comm = work.comm();
  auto wishes = sammon_wishes(work, settings);
  auto weights = sammon_point_weights(work, settings);
  const bool stored = !settings.distances_key.empty();
  const DistributedMatrix* x = stored ? nullptr : &work.representation(settings.use_rep, settings.feature_types);
  const auto start = sammon_start(work, settings, x);
  sammon::Run run(session.phases.measure(
                      "sammon",
                      [&] {
                        return stored ? sammon::State(comm, stored_distances(work, settings.distances_key), start,
                                                      options, session.log, std::move(wishes), std::move(weights))
                                      : sammon::State(comm, *x, start, options, session.log, std::move(wishes),
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
                          results.quality.exact ? "" : " (of the last rounds' pairs)", results.history.size() - 1));
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
                                "Sammon's map; writes obsm/X_sammon, obs/sammon_stress, uns/sammon", sammon_options,
                                sammon_step);
}

}  // namespace replearn::cli
