#pragma once
#include <string>
#include <vector>

#include "app/step.hpp"
#include "methods/preprocess/preprocess.hpp"

namespace replearn::app {

struct PreprocessSettings {
  preprocess::Options method;
  std::string matrix = "auto";  ///< "X", "raw/X", "layers/NAME"; auto: the first that contains counts
  std::vector<std::string> feature_types = {"auto"};
  bool keep_old = false;
  static constexpr bool changes_rows = true;
  void validate() const { method.validate(); }
  StepResults results() const;
  /// Whether the step overwrites or drops an element of the input. Local.
  bool overwrites(const std::string& element) const;
};
/// Quality control, filters, normalization, highly variable genes and scaling of the workspace's X. All ranks. Returns
/// the settings as used. Throws InputError.
PreprocessSettings preprocess_step(Workspace& work, const PreprocessSettings& settings);

}  // namespace replearn::app
