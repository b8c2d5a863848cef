#include "app/neighbors/neighbors.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

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
                  "in nearby clusters are compared (euclidean, sqeuclidean, cosine, correlation); auto: the cheaper "
                  "one, as reported in the log")
      .add("recall", settings.method.recall,
           "Target recall of --method approximate: fraction of the true nearest neighbors to find; cost grows as it "
           "approaches 1")
      .between(0, 1)
      .add("refinements", settings.method.refinements,
           "Refinement rounds of --method approximate, which compare cells with neighbors of neighbors; each round "
           "needs fewer cluster comparisons and finds neighbors outside the cell's own clusters")
      .between(0, 1000)
      .add("seed", settings.method.seed,
           "Random seed of --method approximate: clustering, and cells on which recall is estimated");
  add_representation(set, settings.use_rep, settings.feature_types);
  set.show_common({"neighbors", "metric", "method", "use-rep", "seed"});
  return set;
}

}  // namespace replearn::cli
