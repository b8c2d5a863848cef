#include "cli/commands.hpp"
#include "cli/feature_types.hpp"
#include "cli/lower_default.hpp"
#include "cli/metric_options.hpp"
#include "cli/once.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"
#include "methods/neighbors/connectivities.hpp"

namespace replearn::cli {

OptionSet neighbors_options(NeighborsSettings& settings) {
  OptionSet set("neighbors", "Nearest neighbors", &settings.given);
  set.add("neighbors", settings.method.neighbors,
          "Number of neighbors per cell, not counting the cell itself (Scanpy's n_neighbors counts it: one more); the "
          "default is lowered if there are fewer other cells")
      .between(1, 1e6);
  add_metric(set, settings.method.metric, "Distance between cells")
      .add_choice("method", settings.method.method,
                  {{"auto", neighbors::Method::automatic},
                   {"exact", neighbors::Method::exact},
                   {"approximate", neighbors::Method::approximate}},
                  "Search method. exact: all pairs of cells, cost quadratic in their number; approximate: only cells "
                  "in nearby clusters are compared; auto: the cheaper one, as reported in the log")
      .add("recall", settings.method.recall,
           "Target recall of --method approximate: fraction of the true nearest neighbors to find; cost grows as it "
           "approaches 1")
      .between(0, 1)
      .add("refinements", settings.method.refinements,
           "Refinement rounds of --method approximate, which compare cells with neighbors of neighbors; each round "
           "needs fewer cluster comparisons and finds neighbors outside the cell's own clusters")
      .between(0, 1000)
      .add("seed", settings.method.seed,
           "Random seed of --method approximate: clustering, and cells on which recall is estimated")
      .add("use-rep", settings.use_rep,
           "Representation to use: an obsm key or X. auto: X_pca if present, else X if it has at most 50 columns, else "
           "a PCA computed first")
      .add("feature-types", settings.feature_types, feature_types_of_x_help);
  set.show_usual({"neighbors", "metric", "method", "use-rep", "seed"});
  return set;
}

bool NeighborsSettings::replaces(const std::string& element) const {
  return element == "obsp/distances" || element == "obsp/connectivities" || element == "uns/neighbors";
}

neighbors::Options NeighborsSettings::for_cells(Index n, const Log& log) const {
  neighbors::Options options = method;
  if (n > 1) lower_default(given, "neighbors", "neighbors", options.neighbors, n - 1, counted(n, "cells"), log);
  options.validate(n);
  return options;
}

void neighbors_step(Workspace& work, const NeighborsSettings& settings) {
  auto& session = work.session();
  const neighbors::Options method = settings.for_cells(work.rows(), session.log);
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  auto results = neighbors_once(session, "neighbors", "neighbors", x, method);
  auto weights =
      session.phases.measure("connectivities", [&] { return neighbors::connectivities(work.comm(), results.graph); });
  NeighborsSettings used = settings;
  used.method = method;
  used.method.method = results.method;
  used.use_rep = work.representation_name(settings.use_rep);
  work.used(neighbors_options(used));
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
  work.out().put_uns("neighbors", std::make_shared<ValueTree>(std::move(uns)));
  work.found_graph(std::move(results.graph), std::move(weights), metric_name(settings.method.metric));
}

void neighbors_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_one_step<NeighborsSettings>(
      comm, arguments, "neighbors",
      "k nearest neighbors, exact or approximate; writes obsp/distances, obsp/connectivities, uns/neighbors",
      neighbors_options, neighbors_step);
}

}  // namespace replearn::cli
