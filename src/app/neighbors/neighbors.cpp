#include "app/neighbors/neighbors.hpp"

#include <fmt/core.h>

#include <utility>

#include "app/cached_results.hpp"
#include "app/feature_types.hpp"
#include "app/lower_default.hpp"
#include "app/metric_record.hpp"
#include "methods/neighbors/connectivities.hpp"

namespace replearn::app {

bool NeighborsSettings::overwrites(const std::string& element) const {
  return element == "obsp/distances" || element == "obsp/connectivities" || element == "uns/neighbors";
}

neighbors::Options NeighborsSettings::for_cells(Index n, const Log& log) const {
  neighbors::Options options = method;
  if (n > 1) lower_default(given, "neighbors", "neighbors", options.neighbors, n - 1, counted(n, "cells"), log);
  options.validate(n);
  return options;
}

NeighborsSettings neighbors_step(Workspace& work, const NeighborsSettings& settings) {
  auto& session = work.session();
  const neighbors::Options method = settings.for_cells(work.rows(), session.log);
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  const auto search = work.shared_search().widened({settings.use_rep, settings.feature_types, method});
  if (search.neighbors > method.neighbors) {
    session.log.line(
        fmt::format("neighbors: searching for {} per cell, as many as a later step needs", search.neighbors));
  }
  auto results = cached_neighbors(session, "neighbors", "neighbors", x, search);
  if (search.neighbors > method.neighbors) {
    auto nearest = nearest_of(results.graph, method.neighbors);
    work.shared_search().keep(std::exchange(results.graph, std::move(nearest)));
  }
  auto weights =
      session.phases.measure("connectivities", [&] { return neighbors::connectivities(work.comm(), results.graph); });
  NeighborsSettings used = settings;
  used.method = method;
  used.method.method = results.method;
  used.use_rep = work.representation_name(settings.use_rep);
  ValueTree parameters, uns;
  // Scanpy's "method" describes the weights; sc.tl.umap warns of any other than "umap".
  parameters.set("n_neighbors", Value(method.neighbors + 1)).set("method", "umap");
  parameters.set("search", results.method == neighbors::Method::exact ? "exact" : "approximate");
  record_metric(parameters, settings.method.metric);
  parameters.set("random_state", Value(static_cast<std::int64_t>(settings.method.seed)));
  parameters.set("use_rep", work.representation_name(settings.use_rep));
  uns.set("distances_key", "distances")
      .set("connectivities_key", "connectivities")
      .set("params", std::move(parameters))
      .set("recall_estimate", results.recall_estimate);
  work.set_uns("neighbors", std::move(uns));
  work.set_graph(std::move(results.graph), std::move(weights), metric_name(settings.method.metric));
  return used;
}

}  // namespace replearn::app
