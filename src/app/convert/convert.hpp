#pragma once
#include <string>

#include "app/step.hpp"

namespace replearn::app {

struct ConvertSettings {
  std::string obs;  ///< a table to join to obs; empty: none
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Reads the input, which the output then holds as AnnData, and joins a table to its obs. All ranks. Returns the
/// settings as used. Throws InputError.
ConvertSettings convert_step(Workspace& work, const ConvertSettings& settings);

}  // namespace replearn::app
