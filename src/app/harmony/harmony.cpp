#include "app/harmony/harmony.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/element_key.hpp"
#include "app/progress_line.hpp"
#include "base/error.hpp"
#include "methods/harmony/harmony.hpp"
#include "methods/preprocess/batches.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

harmony::Factors factors_of(Workspace& work, const std::vector<std::string>& columns, const RowPartition& rows) {
  const Annotations& obs = work.obs();
  harmony::Factors factors;
  for (const auto& column : columns) {
    auto batches = preprocess::batches_of(work.comm(), obs, column, rows);
    require(batches.count() >= 2, "--batch-key", "obs/" + column + " has a single batch", "there is nothing to correct");
    factors.levels.push_back(batches.count());
    factors.local.push_back(std::move(batches.local));
  }
  return factors;
}

ValueTree harmony_record(const HarmonySettings& settings, const harmony::Results& results) {
  const auto& o = settings.method;
  ValueTree parameters, uns;
  parameters.set("batch_key", settings.batch_key).set("use_rep", Value(settings.use_rep));
  parameters.set("theta", o.theta).set("lambda", o.lambda).set("sigma", o.sigma).set("tau", o.tau);
  parameters.set("clusters", results.clusters);
  uns.set("params", std::move(parameters)).set("objective", results.objective);
  uns.set("converged", results.converged);
  return uns;
}

}  // namespace

void HarmonySettings::validate() const {
  method.validate();
  require(!batch_key.empty(), "--batch-key", "is missing", "name the column of obs that says from which batch a cell is");
  require(!without_group(key_added, "obsm").empty(), "--key-added", "is empty", "the default is X_pca_harmony");
  require(without_group(key_added, "obsm") != without_group(use_rep, "obsm"), "--key-added",
          "is the key of the components to be corrected", "choose another key");
}

/// As many dimensions as the components have, of which there are by default as many as pca makes.
StepResults HarmonySettings::results() const {
  return {{}, {{without_group(key_added, "obsm"), pca::Options().components}}};
}

void HarmonySettings::check(Workspace& work, const StepResults&) const {
  const Annotations& obs = work.obs();
  mpi::on_root(work.comm(), [&] {
    for (const auto& column : batch_key) {
      if (obs.find(column)) continue;
      throw InputError(work.input_path(), "obs/" + column, "no such column", suggest(column, obs.column_names()));
    }
  });
}

HarmonySettings harmony_step(Workspace& work, const HarmonySettings& settings) {
  auto& session = work.session();
  HarmonySettings used = settings;
  used.use_rep = without_group(settings.use_rep, "obsm");
  used.key_added = without_group(settings.key_added, "obsm");
  const bool computes = used.use_rep == "X_pca" && !work.embedding("X_pca");
  const auto& z = work.representation(computes ? "auto" : used.use_rep);
  const auto factors = factors_of(work, settings.batch_key, z.partition);
  auto results = session.phases.measure("harmony", [&] {
    return harmony::harmony(work.comm(), z, factors, settings.method, progress_line(session, "harmony", "objective"));
  });
  session.log.line(fmt::format("harmony: {} clusters, {} corrections, {}; objective {:.6g} to {:.6g}", results.clusters,
                               results.objective.size() - 1,
                               results.converged ? "converged" : "not converged (--iterations)",
                               results.objective.front(), results.objective.back()));
  used.method.clusters = results.clusters;
  work.set_uns("harmony", harmony_record(used, results));
  work.set_embedding(used.key_added, std::move(results.corrected));
  work.prefer_representation(used.key_added);
  return used;
}

}  // namespace replearn::app
