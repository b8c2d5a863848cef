#pragma once
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/pca/pca.hpp"

namespace replearn::app {

enum class Genes { automatic, all, highly_variable };
struct PcaSettings {
  GivenOptions given;
  pca::Options method;
  std::string matrix = "X";
  Genes genes = Genes::automatic;
  std::vector<std::string> feature_types = {"auto"};
  std::string reference;
  void validate() const { method.validate(); }
  StepResults results() const { return {{}, {{"X_pca", method.components}}}; }
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obsm/X_pca, varm/PCs and uns/pca; with a reference, the projections onto its components. All ranks. Returns
/// the settings as used. Throws InputError.
PcaSettings pca_step(Workspace& work, const PcaSettings& settings);

}  // namespace replearn::app
