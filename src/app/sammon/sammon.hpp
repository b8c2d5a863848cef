#pragma once
#include <string>
#include <vector>

#include "app/step.hpp"
#include "methods/sammon/run.hpp"

namespace replearn::app {

/// Sammon's 1 / d*; 1; 1 / (d* + 1); 1 / (d*^a + b).
enum class StressForm { sammon, raw, smoothed, weighted };
enum class SammonStart { pca, random };
struct SammonSettings {
  sammon::Options method;
  Index dimensions = 2;
  StressForm stress = StressForm::sammon;
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  std::string distances_key;  ///< key of obsp; empty: distances are computed
  SammonStart start = SammonStart::pca;
  std::string start_key;                ///< key of obsm; empty: by `start`
  std::vector<std::string> pull, push;  ///< column=label:weight
  std::string point_weights;            ///< obs column; empty: all 1
  std::string anchor_points;            ///< key of obsm; empty: none
  double l2 = 0;
  Index landmarks = 0;    ///< 0: all cells are mapped
  std::string reference;  ///< .h5ad with a map to place the cells in; empty: compute a new map
  std::string figures;    ///< a folder; empty: none
  /// The method's options, with the pair weight set by `stress`. Throws InputError naming the option.
  sammon::Options checked() const;
  void validate() const { checked(); }
  /// Identical cells must not fail a run of hours.
  void join_run() { method.zero_distance = sammon::ZeroDistance::merge; }
  StepResults results() const { return {{}, {{"X_sammon", dimensions}}}; }
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obsm/X_sammon, obs/sammon_stress and uns/sammon. All ranks. Returns the settings as
/// used. Throws InputError.
SammonSettings sammon_step(Workspace& work, const SammonSettings& settings);

}  // namespace replearn::app
