#include "app/harmony/harmony.hpp"

#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet harmony_options(HarmonySettings& settings) {
  OptionSet set("harmony", "Harmony");
  auto& o = settings.method;
  set.add("batch-key", settings.batch_key,
          "Columns of obs, comma-separated, that say from which batch a cell is: sample, or donor,protocol")
      .add("theta", o.theta,
           "Weight of the mixing of batches: 0 does not mix, larger values mix more. One value, or one for each column")
      .between(0, 1e6)
      .add("lambda", o.lambda, "Ridge penalty on the shift of a batch in a cluster: larger values correct less")
      .between(1e-30, 1e30)
      .add("sigma", o.sigma, "Width of the soft assignment of cells to clusters: larger values blur the clusters")
      .between(1e-6, 1e6)
      .add("tau", o.tau,
           "Cells per cluster below which a batch counts less, as protection from overcorrection. 0: all batches count "
           "alike")
      .between(0, 1e9)
      .add("clusters", o.clusters, "Number of clusters. auto: a thirtieth of the cells, at most 100")
      .between(0, 1e5)
      .add("iterations", o.iterations, "Maximum number of corrections")
      .between(1, 1e6)
      .add("rounds", o.rounds, "Maximum number of rounds of clustering before a correction")
      .between(1, 1e6)
      .add("tolerance", o.tolerance, "Converged when a correction decreases the objective by less than this fraction")
      .between(0, 1)
      .add("round-tolerance", o.round_tolerance, "The same for rounds of clustering, as a mean of three")
      .between(0, 1)
      .add("seed", o.seed, "Random seed of the initial clusters and of the order in which cells are assigned")
      .add("use-rep", settings.use_rep, "Key of obsm with the components to correct; X_pca is computed if there is none")
      .add("key-added", settings.key_added, "Key of obsm for the corrected components");
  set.show_common({"batch-key", "theta", "lambda", "sigma", "clusters", "iterations", "use-rep", "seed"});
  return set.show_zero_as("auto", {"clusters"}).show_empty_as("required", {"batch-key"});
}

}  // namespace replearn::cli
