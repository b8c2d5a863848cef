#pragma once
#include <functional>
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/map_quality/neighborhoods.hpp"

namespace replearn::app {

/// Scores of one map.
struct MapScores {
  std::string basis;
  Index columns = 0;
  map_quality::NeighborhoodScores neighborhoods;
};

struct MapEvaluation {
  std::string reference;
  map_quality::NeighborhoodOptions neighborhoods;
  std::vector<MapScores> maps;
};

struct EvaluateMapsSettings {
  GivenOptions given;
  std::vector<std::string> basis;  ///< keys of obsm; empty: all with two or three columns
  std::string reference = "auto";
  map_quality::NeighborhoodOptions neighborhoods;
  std::string json;  ///< a file; empty: none
  /// Receives the results. Called on root.
  std::function<void(const MapEvaluation& evaluation)> report;

  void validate() const;
  /// Throws InputError if a key does not exist. All ranks.
  void check(Workspace& work, const StepResults& earlier) const;
  bool overwrites(const std::string& element) const { return element == "uns/evaluate"; }
  /// The options for n cells: defaults too large for them are lowered, with a log line; explicit values too large throw
  /// InputError.
  map_quality::NeighborhoodOptions for_cells(Index n, const Log& log) const;
  void check_rows(Index rows) const { for_cells(rows, Log()); }
};

/// Evaluates maps beside the representation from which they were made. Stores uns/evaluate and scores of the cells in
/// obs, and writes the JSON file. All ranks. Returns the settings as used. Throws InputError.
EvaluateMapsSettings evaluate_maps_step(Workspace& work, const EvaluateMapsSettings& settings);

}  // namespace replearn::app
