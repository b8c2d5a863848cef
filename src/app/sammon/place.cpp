#include "app/sammon/place.hpp"

#include <fmt/core.h>

#include "app/error_context.hpp"
#include "app/metric_record.hpp"
#include "app/reference.hpp"
#include "app/run_with_checkpoints.hpp"
#include "app/sammon/inputs.hpp"
#include "base/error.hpp"
#include "methods/sammon/place.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

sammon::PlaceOptions place_options(const sammon::Options& options) {
  sammon::PlaceOptions place;
  place.weight = options.weight;
  place.metric = options.metric;
  return place;
}

void put(Workspace& work, ValueTree uns, const sammon::Placed& placed) {
  work.set_uns("sammon", std::move(uns));
  work.set_obs_column("sammon_stress", mpi::gather_v(work.comm(), std::span<const float>(placed.stress)));
  work.set_embedding("X_sammon", placed.points);
}

ValueTree record(const SammonSettings& settings, const sammon::Options& options, const std::string& rep,
                 const sammon::Placed& placed) {
  ValueTree parameters, uns;
  parameters.set("weight_a", options.weight.a).set("weight_b", options.weight.b);
  record_metric(parameters, options.metric);
  parameters.set("use_rep", rep);
  if (settings.landmarks > 0) parameters.set("landmarks", settings.landmarks);
  uns.set("params", std::move(parameters)).set("mean_stress", placed.mean_stress);
  return uns;
}

}  // namespace

void sammon_place_step(Workspace& work, const SammonSettings& settings, const sammon::Options& options) {
  auto& session = work.session();
  const auto& comm = work.comm();
  const io::H5adReader reference =
      session.phases.measure("read", [&] { return io::H5adReader(comm, settings.reference); });
  if (!reference.has("obsm/X_sammon")) {
    throw InputError(settings.reference, "obsm/X_sammon", "no such key: the reference has no map",
                     "run replearn sammon on that file first");
  }
  const std::string name = reference_representation(reference, settings.use_rep);
  const auto [map, theirs] = session.phases.measure("read", [&] {
    return std::pair(all_gather_rows(comm, reference.obsm("X_sammon")),
                     all_gather_rows(comm, reference_rows(work, reference, name, settings.feature_types)));
  });
  const auto& x = new_rows(work, name, settings.reference, settings.feature_types);
  if (x.columns() != theirs.cols()) {
    throw InputError(work.input_path(), name == "X" ? name : "obsm/" + name,
                     fmt::format("has {} columns, but {} has {}", x.columns(), settings.reference, theirs.cols()),
                     "provide both in the same space");
  }
  const auto placed = session.phases.measure("sammon", [&] {
    return with_reference_name(
        settings.reference, [&] { return sammon::place(comm, x, theirs, map, place_options(options), session.log); });
  });
  session.log.line(fmt::format("sammon: mean stress of placed cells {:.6f}", placed.mean_stress));
  ValueTree uns = record(settings, options, name, placed);
  uns.set("reference", Value(settings.reference)).set("reference_cells", map.rows());
  put(work, std::move(uns), placed);
}

void sammon_landmarks_step(Workspace& work, const SammonSettings& settings, const sammon::Options& options) {
  auto& session = work.session();
  const auto& comm = work.comm();
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  if (settings.landmarks < 3 || settings.landmarks >= x.rows()) {
    throw InputError("", "--landmarks", fmt::format("is {} of {} cells", settings.landmarks, x.rows()),
                     "choose a number from 3 to less than the number of cells, or 0 to map all cells");
  }
  const auto chosen = sammon::random_landmarks(x.partition, x.rank, settings.landmarks, options.seed);
  const auto start = sammon_start(work, settings, &x);
  const auto rows = std::get<DistributedMatrix>(select_rows(comm, Matrix(x), chosen));
  const auto first = std::get<DistributedMatrix>(select_rows(comm, Matrix(start), chosen));
  sammon::Run run(
      session.phases.measure("landmarks", [&] { return sammon::State(comm, rows, first, options, session.log); }),
      options, session.log);
  run_with_checkpoints(session, "landmarks", "E", run);
  const auto landmarks = session.phases.measure("landmarks", [&] { return run.results(); });
  session.log.line(fmt::format("sammon: stress of {} landmarks E = {:.6f} after {} iterations", rows.rows(),
                               landmarks.stress, landmarks.history.size() - 1));
  const RowMatrix theirs = all_gather_rows(comm, rows), map = all_gather_rows(comm, landmarks.points);
  // A landmark keeps its position: its distance to itself is 0.
  const auto placed = session.phases.measure(
      "place", [&] { return sammon::place(comm, x, theirs, map, place_options(options), session.log); });
  session.log.line(fmt::format("sammon: mean stress of cells against the landmarks {:.6f}", placed.mean_stress));
  ValueTree uns = record(settings, options, work.representation_name(settings.use_rep), placed);
  uns.set("stress", landmarks.stress).set("stress_history", landmarks.history);
  put(work, std::move(uns), placed);
}

}  // namespace replearn::app
