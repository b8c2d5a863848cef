#pragma once
#include <string>
#include <vector>

#include "app/step.hpp"
#include "methods/harmony/options.hpp"

namespace replearn::app {

struct HarmonySettings {
  harmony::Options method;
  std::vector<std::string> batch_key;  ///< columns of obs
  std::string use_rep = "X_pca";
  std::string key_added = "X_pca_harmony";
  void validate() const;
  StepResults results() const;
  /// Throws InputError if obs lacks a column of batches. All ranks.
  void check(Workspace& work, const StepResults& earlier) const;
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obsm/<key_added> and uns/harmony; later steps of the job use it as their representation. All ranks. Returns
/// the settings as used. Throws InputError.
HarmonySettings harmony_step(Workspace& work, const HarmonySettings& settings);

}  // namespace replearn::app
