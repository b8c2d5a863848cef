#pragma once
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/umap/options.hpp"

namespace replearn::app {

enum class UmapStart { spectral, pca, random };
struct UmapSettings {
  GivenOptions given;
  umap::Options method;
  UmapStart start = UmapStart::spectral;
  std::string start_key;       ///< key of obsm; empty: by `start`
  std::string graph_key = "connectivities";  ///< key of obsp
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  void validate() const { method.validate(); }
  StepResults results() const { return {{}, {{"X_umap", method.dimensions}}}; }
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obsm/X_umap and uns/umap; also the graph, if there is none yet. All ranks. Returns the settings as used.
/// Throws InputError.
UmapSettings umap_step(Workspace& work, const UmapSettings& settings);

}  // namespace replearn::app
