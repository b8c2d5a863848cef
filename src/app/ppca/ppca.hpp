#pragma once
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/ppca/ppca.hpp"

namespace replearn::app {

struct PpcaSettings {
  GivenOptions given;
  ppca::Options method;
  std::string matrix = "X";
  std::vector<std::string> feature_types = {"auto"};
  std::string impute;  ///< layer name; empty: none
  void validate() const { method.validate(); }
  /// "ppca", or "factor_analysis" with one noise variance per gene.
  std::string name() const { return method.noise == ppca::Noise::isotropic ? "ppca" : "factor_analysis"; }
  StepResults results() const { return {{}, {{"X_" + name(), method.components}}}; }
  bool allows_missing() const { return method.missing == ppca::Missing::nan; }
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obsm/X_ppca, varm/ppca and uns/ppca, or the same of factor_analysis. All ranks. Returns the settings as
/// used. Throws InputError.
PpcaSettings ppca_step(Workspace& work, const PpcaSettings& settings);

}  // namespace replearn::app
