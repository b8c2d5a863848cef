#include "cli/commands.hpp"
#include "cli/metric_options.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {

OptionSet neighbors_options(NeighborsSettings& settings) {
  OptionSet set("neighbors", "Nearest neighbours");
  set.add("neighbors", settings.method.neighbors,
          "neighbours of each cell, itself not counted (Scanpy's n_neighbors counts it: one more)");
  add_metric(set, settings.method.metric, "distance between cells")
      .add("use-rep", settings.use_rep,
           "an obsm key or X; auto: X_pca if there, else X if it has at most 50 columns, else PCA is run first");
  return set;
}

void neighbors_step(Workspace& work, const NeighborsSettings& settings) {
  settings.method.validate(work.rows());
  auto& session = work.session();
  const auto& x = work.representation(settings.use_rep);
  auto graph = session.phases.measure(
      "neighbors", [&] { return neighbors::nearest_neighbors(work.comm(), x, settings.method, session.log); });
  ValueTree parameters, uns;
  parameters.set("n_neighbors", Value(settings.method.neighbors + 1)).set("method", "exact");
  record_metric(parameters, settings.method.metric);
  parameters.set("random_state", 0);
  if (settings.use_rep != "auto") parameters.set("use_rep", settings.use_rep);
  uns.set("distances_key", "distances")
      .set("connectivities_key", "connectivities")
      .set("params", std::move(parameters));
  work.out().put_uns("neighbors", std::make_shared<ValueTree>(std::move(uns)));
  work.found_graph(std::move(graph));
}

void neighbors_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_one_step<NeighborsSettings>(comm, arguments, "neighbors",
                                  "exact k nearest neighbours; writes obsp/distances, uns/neighbors", neighbors_options,
                                  neighbors_step);
}

}  // namespace replearn::cli
