#include "app/evaluate/record.hpp"

#include <fmt/core.h>

#include <cmath>

namespace replearn::app {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string json_of_item(bool value) { return value ? "true" : "false"; }
std::string json_of_item(std::int64_t value) { return std::to_string(value); }
std::string json_of_item(double value) { return std::isfinite(value) ? fmt::format("{}", value) : "null"; }
std::string json_of_item(float value) { return std::isfinite(value) ? fmt::format("{}", value) : "null"; }
std::string json_of_item(const std::string& value) { return quoted(value); }
std::string json_of_item(const std::shared_ptr<ValueTree>& value) { return json_of(*value); }

template <class T>
std::string json_of_item(const std::vector<T>& values) {
  std::string result = "[";
  for (const auto& value : values) result += (result.size() > 1 ? ", " : "") + json_of_item(value);
  return result + "]";
}

}  // namespace

std::string json_of(const ValueTree& tree) {
  std::string result = "{";
  for (const auto& [name, value] : tree.entries) {
    result += (result.size() > 1 ? ", " : "") + quoted(name) + ": " +
              std::visit([](const auto& held) { return json_of_item(held); }, value);
  }
  return result + "}";
}

namespace {

/// A score, and <name>_error if it is estimated from sampled rows.
void set_estimate(ValueTree& tree, const std::string& name, const map_quality::Estimate& score, bool estimated) {
  tree.set(name, score.value);
  if (estimated) tree.set(name + "_error", score.error);
}

ValueTree record_of_curve(const map_quality::RankCurve& curve, bool estimated) {
  ValueTree tree;
  tree.set("k", Value(std::vector<std::int64_t>(curve.sizes)))
      .set("q_nx", Value(curve.q_nx))
      .set("r_nx", Value(curve.r_nx));
  if (estimated) tree.set("r_nx_error", Value(curve.r_nx_errors));
  return tree;
}

}  // namespace

ValueTree record_of(const MapEvaluation& evaluation) {
  ValueTree parameters, record;
  parameters.set("reference", Value(evaluation.reference))
      .set("neighbors", Value(std::vector<std::int64_t>(evaluation.neighborhoods.neighbors)))
      .set("rank_neighbors", Value(std::vector<std::int64_t>(evaluation.neighborhoods.rank_neighbors)))
      .set("cell_neighbors", evaluation.neighborhoods.cell_neighbors)
      .set("cells", evaluation.cells)
      .set("sampled_rows", evaluation.sampled_rows)
      .set("all_pairs", evaluation.all_pairs);
  if (!evaluation.labels.empty()) {
    parameters.set("labels", Value(evaluation.labels))
        .set("knc_neighbors", map_quality::knc_neighbors(evaluation.label_count));
  }
  if (!evaluation.batch.empty()) parameters.set("batch", Value(evaluation.batch));
  if (evaluation.agreement) {
    ValueTree agreement;
    parameters.set("clusters", Value(evaluation.clusters));
    agreement.set("ari", evaluation.agreement->adjusted_rand).set("nmi", evaluation.agreement->mutual_information);
    record.set("clusters", std::move(agreement));
  }
  const bool estimated = evaluation.sampled_rows < evaluation.cells;
  record.set("params", std::move(parameters));
  for (const auto& map : evaluation.maps) {
    ValueTree scores;
    const auto& of = map.neighborhoods;
    scores.set("recall", Value(of.recall))
        .set("trustworthiness", Value(of.trustworthiness))
        .set("continuity", Value(of.continuity))
        .set("mrre_false", Value(of.mrre_false))
        .set("mrre_missing", Value(of.mrre_missing));
    set_estimate(scores, "auc_r_nx", map.curve.auc, estimated);
    set_estimate(scores, "q_local", map.curve.q_local, estimated);
    set_estimate(scores, "q_global", map.curve.q_global, estimated);
    scores.set("k_max", map.curve.k_max).set("curve", record_of_curve(map.curve, estimated));
    set_estimate(scores, "sammon_stress", map.stress.sammon, !evaluation.all_pairs);
    set_estimate(scores, "sammon_stress_scaled", map.stress.scaled_sammon, !evaluation.all_pairs);
    set_estimate(scores, "stress_1", map.stress.stress_1, !evaluation.all_pairs);
    set_estimate(scores, "scale_normalized_stress", map.stress.scale_normalized_stress, !evaluation.all_pairs);
    set_estimate(scores, "shepard", map.stress.shepard, !evaluation.all_pairs);
    scores.set("cpd", map.cpd);
    if (map.centroids) {
      scores.set("knc", map.centroids->knc)
          .set("centroid_distance_correlation", map.centroids->distance_correlation);
    }
    if (map.labels) {
      scores.set("label_accuracy", Value(map.labels->accuracy));
      set_estimate(scores, "silhouette", map.labels->silhouette, !evaluation.all_pairs);
      scores.set("clisi", map.labels->clisi).set("graph_connectivity", map.labels->graph_connectivity);
    }
    if (map.batches) {
      scores.set("ilisi", map.batches->ilisi)
          .set("kbet", map.batches->kbet)
          .set("pcr", map.batches->pcr)
          .set("pcr_comparison", map.batches->pcr_comparison);
      if (map.batches->silhouette) scores.set("silhouette_batch", *map.batches->silhouette);
    }
    record.set(map.basis, std::move(scores));
  }
  if (!evaluation.pairs.empty()) {
    ValueTree pairs;
    for (const auto& pair : evaluation.pairs) {
      ValueTree scores;
      scores.set("procrustes", pair.procrustes).set("mutual_neighbors", Value(pair.mutual_neighbors));
      pairs.set(pair.first + "," + pair.second, std::move(scores));
    }
    record.set("pairs", std::move(pairs));
  }
  return record;
}

}  // namespace replearn::app
