#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/map_quality/batch_mixing.hpp"
#include "methods/map_quality/label_scores.hpp"
#include "methods/map_quality/neighborhoods.hpp"
#include "methods/map_quality/stress.hpp"

namespace replearn::app {

/// Numbers of other cells for scores of labels and batches: scib-metrics counts the cell itself, and has 90, 15 and 50.
struct LabelNeighbors {
  static constexpr Index lisi = 89, graph = 14, kbet = 49;
};

/// How a map separates labels.
struct LabelScores {
  std::vector<double> accuracy;      ///< of the k nearest neighbors; one per NeighborhoodOptions::neighbors
  map_quality::Estimate silhouette;  ///< mean over labeled cells, -1 to 1
  double clisi = 0;                  ///< scIB's cLISI, scaled to 0 to 1
  double graph_connectivity = 0;     ///< scIB's
  std::vector<float> cell_silhouettes;  ///< of all cells, on all ranks; empty if only some were sampled
};

/// How a map mixes batches, by scIB's measures.
struct BatchScores {
  double ilisi = 0;                   ///< scaled to 0 to 1
  double kbet = 0;                    ///< acceptance rate
  double pcr = 0;                     ///< fraction of the map's variance that batches explain
  double pcr_comparison = 0;          ///< by how much that is less than in the reference
  std::optional<double> silhouette;   ///< if there are labels
  std::vector<float> cell_lisi;       ///< effective number of batches around each local row
};

/// Scores of one map.
struct MapScores {
  std::string basis;
  Index columns = 0;
  map_quality::NeighborhoodScores neighborhoods;
  map_quality::RankCurve curve;
  map_quality::StressScores stress;
  double cpd = 0;  ///< correlation of the distances between 1,000 rows (Kobak and Berens 2019)
  std::optional<map_quality::CentroidScores> centroids;  ///< if there are labels
  std::optional<LabelScores> labels;                     ///< likewise
  std::optional<BatchScores> batches;                    ///< if there are batches
};

/// Two maps beside each other.
struct MapPair {
  std::string first, second;
  double procrustes = 0;                 ///< disparity
  std::vector<double> mutual_neighbors;  ///< one per NeighborhoodOptions::neighbors
};

struct MapEvaluation {
  std::string reference;
  map_quality::NeighborhoodOptions neighborhoods;
  Index cells = 0, sampled_rows = 0;
  bool all_pairs = true;  ///< whether the stresses are those of all pairs, not of the sampled rows
  std::string labels, clusters, batch;  ///< columns of obs; empty: none
  Index label_count = 0;
  std::optional<map_quality::ClusteringAgreement> agreement;  ///< of clusters and labels
  std::vector<MapScores> maps;
  std::vector<MapPair> pairs;  ///< if they are to be compared
};

struct EvaluateMapsSettings {
  GivenOptions given;
  std::vector<std::string> basis;  ///< keys of obsm; empty: all with two or three columns
  std::string reference = "auto";
  map_quality::NeighborhoodOptions neighborhoods;
  Index sample_rows = 0;         ///< for the R_NX curve, and the stresses of more than exact_cells; 0: default_sample(n)
  Index exact_cells = 200'000;   ///< up to this number, stresses and silhouettes are those of all pairs
  std::string labels, clusters, batch;  ///< columns of obs; empty: none
  std::uint64_t seed = 0;        ///< of the sampled rows
  bool compare = false;          ///< whether to compare every two maps with each other
  std::string json, figure;      ///< files; empty: none
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
/// obs, and writes the JSON file and the figure. All ranks. Returns the settings as used. Throws InputError.
EvaluateMapsSettings evaluate_maps_step(Workspace& work, const EvaluateMapsSettings& settings);

}  // namespace replearn::app
