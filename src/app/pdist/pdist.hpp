#pragma once
#include <string>
#include <vector>

#include "app/step.hpp"
#include "methods/pdist/pdist.hpp"

namespace replearn::app {

struct PdistSettings {
  pdist::Options method;
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  std::string key = "pdist";
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obsp/<key> or uns/<key>/condensed, computed when the output is written. All ranks. Returns the settings as
/// used. Throws InputError.
PdistSettings pdist_step(Workspace& work, const PdistSettings& settings);

}  // namespace replearn::app
