#pragma once
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/preprocess/preprocess.hpp"

namespace replearn::app {

struct PreprocessSettings {
  preprocess::Options method;
  std::string matrix = "auto";  ///< "X", "raw/X", "layers/NAME"; auto: the first that contains counts
  std::vector<std::string> feature_types = {"auto"};
  bool keep_old = false;
  GivenOptions given;  ///< with --pearson-residuals, the default flavor is pearson_residuals
  static constexpr bool changes_rows = true;
  void validate() const;
  StepResults results() const;
  /// Throws InputError if obs lacks the column --batch-key. All ranks.
  void check(Workspace& work, const StepResults& earlier) const;
  /// Whether the step overwrites or drops an element of the input. Local.
  bool overwrites(const std::string& element) const;
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Quality control, filters, normalization, highly variable genes and scaling of the workspace's X. All ranks. Returns
/// the settings as used. Throws InputError.
PreprocessSettings preprocess_step(Workspace& work, const PreprocessSettings& settings);

}  // namespace replearn::app
