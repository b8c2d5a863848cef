#include "app/sammon/sammon.hpp"

#include <fmt/core.h>

#include "app/feature_types.hpp"
#include "app/metric_record.hpp"
#include "app/pulls.hpp"
#include "app/run_with_checkpoints.hpp"
#include "app/sammon/figures.hpp"
#include "app/sammon/inputs.hpp"
#include "app/sammon/place.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

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
  if (quality.exact) uns.set("stress_sum", quality.raw_stress);
  if (!settings.pull.empty()) uns.set("pulls", settings.pull).set("pulled_distances", quality.pulled_distances);
  if (!settings.push.empty()) uns.set("pushes", settings.push).set("pushed_distances", quality.pushed_distances);
  return uns;
}

}  // namespace

sammon::Options SammonSettings::checked() const {
  sammon::Options options = method;
  if (stress != StressForm::weighted) {
    const sammon::PairWeight untouched;
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

SammonSettings sammon_step(Workspace& work, const SammonSettings& settings) {
  const auto options = settings.checked();
  if (!settings.reference.empty()) {
    sammon_place_step(work, settings, options);
    return settings;
  }
  if (settings.landmarks != 0) {
    sammon_landmarks_step(work, settings, options);
    return settings;
  }
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
  run_with_checkpoints(session, "sammon", "E", run);
  const auto results = session.phases.measure("sammon", [&] { return run.results(); });
  SammonSettings used = settings;
  if (!stored) used.use_rep = work.representation_name(settings.use_rep);
  sammon::ShepardCounts shepard;
  if (!settings.figures.empty()) shepard = session.phases.measure("sammon", [&] { return run.state().shepard(200); });
  session.log.line(fmt::format("sammon: stress E = {:.6f}{} after {} iterations", results.stress,
                               results.quality.exact ? "" : " (estimated from the pairs of the last iterations)",
                               results.history.size() - 1));
  work.set_uns("sammon", record(work, settings, options, results));
  if (results.quality.exact) {
    work.set_obs_column("sammon_stress", mpi::gather_v(comm, std::span<const float>(results.quality.point_stress)));
  }
  work.set_embedding("X_sammon", results.points);
  if (!settings.figures.empty()) draw_sammon(work, settings.figures, results, shepard);
  return used;
}

}  // namespace replearn::app
