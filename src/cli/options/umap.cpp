#include "app/umap/umap.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet umap_options(UmapSettings& settings) {
  OptionSet set("umap", "UMAP", &settings.given);
  auto& o = settings.method;
  set.add("dimensions", o.dimensions, "Dimensions of the map")
      .between(1, 1000)
      .add("min-dist", o.min_dist,
           "Distance in the map up to which neighbors are drawn together: small values give dense clusters, large ones "
           "an even spread (Scanpy's default; umap-learn's is 0.1)")
      .between(0, 1e6)
      .add("spread", o.spread, "Scale of the distances in the map, at least --min-dist")
      .between(1e-6, 1e6)
      .add("a", o.a, "Parameter a of the similarity 1 / (1 + a d^2b) in the map. auto: from --min-dist and --spread")
      .between(0, 1e6)
      .add("b", o.b, "Parameter b of the similarity. auto: from --min-dist and --spread")
      .between(0, 100)
      .add("epochs", o.epochs, "Number of epochs. auto: 500 up to 10,000 cells, else 200")
      .between(0, 1e9)
      .add("learning-rate", o.learning_rate, "Initial learning rate, which falls linearly to 0")
      .between(1e-30, 1e6)
      .add("repulsion-strength", o.repulsion_strength, "Weight of the repulsion (Scanpy's gamma)")
      .between(0, 1e6)
      .add("negative-sample-rate", o.negative_sample_rate,
           "Number of cells drawn at random, from which a cell moves away, per sampled edge")
      .between(0, 1e6)
      .add("seed", o.seed, "Random seed of edges, negative samples and initial positions")
      .add_choice("start", settings.start,
                  {{"spectral", UmapStart::spectral}, {"pca", UmapStart::pca}, {"random", UmapStart::random}},
                  "Initial positions. spectral: eigenvectors of the graph; pca: principal components; random: uniform")
      .add("start-key", settings.start_key,
           "Key of obsm whose first columns are the initial positions. Empty: initial positions by --start")
      .add("graph-key", settings.graph_key,
           "Key of obsp with the graph: symmetric weights, such as the output of replearn neighbors or Scanpy. Without "
           "connectivities in the input, 15 neighbors per cell are searched for first, as by replearn neighbors with "
           "its defaults");
  add_representation(set, settings.use_rep, settings.feature_types);
  set.show_common({"dimensions", "min-dist", "spread", "epochs", "start", "use-rep", "seed"})
      .show_zero_as("auto", {"a", "b", "epochs"});
  return set;
}

}  // namespace replearn::cli
