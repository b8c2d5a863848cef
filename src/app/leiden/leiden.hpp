#pragma once
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/leiden/options.hpp"

namespace replearn::app {

struct LeidenSettings {
  GivenOptions given;
  leiden::Options method;  ///< its resolution: one of `resolutions` after the other
  std::vector<double> resolutions = {1};
  std::string key_added = "leiden";
  std::string graph_key = "connectivities";  ///< key of obsp
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  void validate() const;
  StepResults results() const { return {columns(), {}}; }
  /// The column of each resolution: key_added, or with several resolutions key_added_RESOLUTION.
  std::vector<std::string> columns() const;
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obs/leiden and uns/leiden, for each of several resolutions; also the graph, if there is none yet. All ranks.
/// Returns the settings as used. Throws InputError.
LeidenSettings leiden_step(Workspace& work, const LeidenSettings& settings);

}  // namespace replearn::app
