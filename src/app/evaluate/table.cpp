#include "app/evaluate/table.hpp"

#include <fmt/core.h>

#include <functional>

namespace replearn::app {

using map_quality::Estimate;
using map_quality::NeighborhoodScores;

std::vector<TableRow> table_of(const MapEvaluation& evaluation) {
  std::vector<TableRow> table;
  const auto add = [&](const std::string& name, const std::function<Estimate(const MapScores&)>& score) {
    TableRow row{name, {}};
    for (const auto& map : evaluation.maps) row.scores.push_back(score(map));
    table.push_back(std::move(row));
  };
  const auto add_sizes = [&](const char* name, const std::vector<Index>& neighbors,
                             std::vector<double> NeighborhoodScores::*scores) {
    for (std::size_t i = 0; i < neighbors.size(); ++i) {
      add(fmt::format("{}, k = {}", name, neighbors[i]),
          [&, i](const MapScores& map) { return Estimate{(map.neighborhoods.*scores)[i], 0}; });
    }
  };
  const auto& k = evaluation.neighborhoods;
  add_sizes("neighbor recall", k.neighbors, &NeighborhoodScores::recall);
  add_sizes("trustworthiness", k.rank_neighbors, &NeighborhoodScores::trustworthiness);
  add_sizes("continuity", k.rank_neighbors, &NeighborhoodScores::continuity);
  add_sizes("MRRE, false", k.rank_neighbors, &NeighborhoodScores::mrre_false);
  add_sizes("MRRE, missing", k.rank_neighbors, &NeighborhoodScores::mrre_missing);
  add("AUC of R_NX", [](const MapScores& map) { return map.curve.auc; });
  add("Q_local", [](const MapScores& map) { return map.curve.q_local; });
  add("Q_global", [](const MapScores& map) { return map.curve.q_global; });
  add("Sammon's stress", [](const MapScores& map) { return map.stress.sammon; });
  add("Sammon's stress, scaled", [](const MapScores& map) { return map.stress.scaled_sammon; });
  add("stress-1", [](const MapScores& map) { return map.stress.stress_1; });
  add("scale-normalized stress", [](const MapScores& map) { return map.stress.scale_normalized_stress; });
  add("Shepard correlation", [](const MapScores& map) { return map.stress.shepard; });
  add("CPD", [](const MapScores& map) { return Estimate{map.cpd, 0}; });
  if (!evaluation.labels.empty()) {
    add("KNC", [](const MapScores& map) { return Estimate{map.centroids->knc, 0}; });
    add("centroid distances", [](const MapScores& map) { return Estimate{map.centroids->distance_correlation, 0}; });
    for (std::size_t i = 0; i < k.neighbors.size(); ++i) {
      add(fmt::format("label accuracy, k = {}", k.neighbors[i]),
          [i](const MapScores& map) { return Estimate{map.labels->accuracy[i], 0}; });
    }
    add("silhouette", [](const MapScores& map) { return map.labels->silhouette; });
    add("cLISI", [](const MapScores& map) { return Estimate{map.labels->clisi, 0}; });
    add("graph connectivity", [](const MapScores& map) { return Estimate{map.labels->graph_connectivity, 0}; });
  }
  if (evaluation.batch.empty()) return table;
  add("iLISI", [](const MapScores& map) { return Estimate{map.batches->ilisi, 0}; });
  add("kBET", [](const MapScores& map) { return Estimate{map.batches->kbet, 0}; });
  add("PCR", [](const MapScores& map) { return Estimate{map.batches->pcr, 0}; });
  add("PCR comparison", [](const MapScores& map) { return Estimate{map.batches->pcr_comparison, 0}; });
  if (evaluation.labels.empty()) return table;
  add("batch silhouette", [](const MapScores& map) { return Estimate{*map.batches->silhouette, 0}; });
  return table;
}

}  // namespace replearn::app
