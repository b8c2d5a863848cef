#include "app/leiden/leiden.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet leiden_options(LeidenSettings& settings) {
  OptionSet set("leiden", "Leiden clusters", &settings.given);
  auto& o = settings.method;
  set.add("resolution", settings.resolutions,
          "Resolution: larger values give more and smaller clusters. Several values (0.5,1,2) write a column each, "
          "leiden_0.5, leiden_1 and leiden_2")
      .between(1e-12, 1e12)
      .add_choice("quality", o.quality,
                  {{"modularity", leiden::Quality::modularity}, {"cpm", leiden::Quality::cpm}},
                  "Quality function to maximize. modularity: with the resolution as factor of the expected weight; cpm: "
                  "constant Potts model, whose resolution is the weight between two cells of a cluster to exceed on "
                  "average")
      .add("n-iterations", o.iterations, "Number of iterations. auto: until three in succession do not improve the quality")
      .between(0, 1e6)
      .add("seed", o.seed, "Random seed of the order in which cells are visited")
      .add("key-added", settings.key_added, "Column of obs, and key of uns, for the clusters")
      .add("graph-key", settings.graph_key,
           "Key of obsp with the graph: symmetric weights, such as the output of replearn neighbors or Scanpy. Without "
           "connectivities in the input, 15 neighbors per cell are searched for first, as by replearn neighbors with "
           "its defaults");
  add_representation(set, settings.use_rep, settings.feature_types);
  set.show_common({"resolution", "quality", "n-iterations", "key-added", "use-rep", "seed"})
      .show_zero_as("auto", {"n-iterations"});
  return set;
}

}  // namespace replearn::cli
