#pragma once
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/neighbors/approximate.hpp"

namespace replearn::app {

struct NeighborsSettings {
  GivenOptions given;
  neighbors::Options method;
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  /// The options for n cells: defaults too large for them are lowered, with a log line; explicit values too large throw
  /// InputError.
  neighbors::Options for_cells(Index n, const Log& log) const;
  void check_rows(Index rows) const { for_cells(rows, Log()); }
  bool overwrites(const std::string& element) const;  ///< as for preprocess
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obsp/distances, obsp/connectivities and uns/neighbors. All ranks. Returns the settings as
/// used. Throws InputError.
NeighborsSettings neighbors_step(Workspace& work, const NeighborsSettings& settings);

}  // namespace replearn::app
