#include "app/evaluate/maps.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/evaluate/figure.hpp"
#include "app/evaluate/labels.hpp"
#include "app/evaluate/record.hpp"
#include "app/evaluate/scores.hpp"
#include "base/error.hpp"
#include "base/whole_file.hpp"
#include "methods/neighbors/neighbors.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// The keys to evaluate. All ranks.
std::vector<std::string> bases_of(Workspace& work, const EvaluateMapsSettings& settings) {
  if (!settings.basis.empty()) return settings.basis;
  std::vector<std::string> bases;
  for (const auto& key : work.embedding_keys()) {
    const Index columns = work.embedding(key)->columns();
    if (columns == 2 || columns == 3) bases.push_back(key);
  }
  if (bases.empty()) {
    throw InputError(work.input_path(), "obsm", "no map to evaluate: no key has two or three columns",
                     "run tsne or sammon first, or name keys: --basis X_pca; word vectors need --analogies or "
                     "--similarity");
  }
  return bases;
}

Judged search(Workspace& work, const std::string& key, Index k) {
  auto& session = work.session();
  const auto& x = work.representation(key);
  Judged judged;
  judged.space = std::make_unique<map_quality::Space>(work.comm(), x);
  neighbors::Options options;
  options.neighbors = std::min(x.rows() - 1, k + map_quality::extra_neighbors);
  options.method = neighbors::Method::exact;
  const auto graph = session.phases.measure(
      "neighbors", [&] { return neighbors::nearest_neighbors(work.comm(), x, options, session.log); });
  judged.neighbors =
      session.phases.measure("neighbors", [&] { return map_quality::exact_neighbors(*judged.space, graph, k); });
  return judged;
}

/// Ascending, without the values above `largest`, which are refused if they were given.
void fit(std::vector<Index>& neighbors, Index largest, const std::string& option, const EvaluateMapsSettings& settings,
         const std::string& why, const Log& log) {
  std::sort(neighbors.begin(), neighbors.end());
  neighbors.erase(std::unique(neighbors.begin(), neighbors.end()), neighbors.end());
  const auto end = std::upper_bound(neighbors.begin(), neighbors.end(), largest);
  if (end == neighbors.end()) return;
  if (settings.given.contains(option)) {
    throw InputError("", "--" + option, fmt::format("is {}, but {}", neighbors.back(), why),
                     fmt::format("choose values of at most {}", largest));
  }
  log.line(fmt::format("evaluate: --{} up to {} only: {}", option, largest, why));
  neighbors.erase(end, neighbors.end());
}

/// Scores of the cells as columns of obs. with_neighbors: whether scores at --cell-neighbors are wanted.
void store_cells(Workspace& work, const MapScores& map, bool with_neighbors) {
  const auto store = [&](const std::string& score, const std::vector<float>& mine) {
    work.set_obs_column(map.basis + "_" + score, mpi::gather_v(work.comm(), std::span<const float>(mine)));
  };
  if (with_neighbors) {
    store("recall", map.neighborhoods.cell_recall);
    store("trustworthiness", map.neighborhoods.cell_trustworthiness);
    store("continuity", map.neighborhoods.cell_continuity);
  }
  if (map.batches) store("lisi", map.batches->cell_lisi);
  if (map.labels && !map.labels->cell_silhouettes.empty()) {
    work.set_obs_column(map.basis + "_silhouette", map.labels->cell_silhouettes);
  }
}

}  // namespace

void EvaluateMapsSettings::validate() const {
  const auto check = [](const std::vector<Index>& neighbors, const std::string& option) {
    for (const Index k : neighbors) require(k >= 1, "--" + option, static_cast<double>(k), "choose at least 1");
  };
  check(neighborhoods.neighbors, "neighbors");
  check(neighborhoods.rank_neighbors, "rank-neighbors");
  if (!clusters.empty() && labels.empty()) {
    throw InputError("", "--clusters", "there are no labels to compare the clusters with", "name them: --labels COLUMN");
  }
}

void EvaluateMapsSettings::check(Workspace& work, const StepResults&) const {
  const auto keys = work.embedding_keys();
  auto named = basis;
  named.push_back(reference);
  for (const auto& key : named) {
    if (key == "X" || key == "auto" || std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const bool short_name = std::find(keys.begin(), keys.end(), "X_" + key) != keys.end();
    throw InputError(work.input_path(), "obsm/" + key, "no such key",
                     short_name ? "did you mean 'X_" + key + "'?" : suggest(key, keys));
  }
}

map_quality::NeighborhoodOptions EvaluateMapsSettings::for_cells(Index n, const Log& log) const {
  if (n < 3) throw InputError("", "", fmt::format("only {} cells", n), "evaluation needs at least 3");
  auto options = neighborhoods;
  fit(options.neighbors, n - 1, "neighbors", *this, fmt::format("there are {} other cells", n - 1), log);
  // The normalization of trustworthiness holds for k < n / 2.
  const Index largest = (n - 1) / 2;
  const std::string why = fmt::format("ranks are judged for fewer than half of the {} cells", n);
  fit(options.rank_neighbors, largest, "rank-neighbors", *this, why, log);
  std::vector<Index> cell = {options.cell_neighbors};
  if (options.cell_neighbors > largest && given.contains("cell-neighbors")) {
    fit(cell, largest, "cell-neighbors", *this, why, log);
  }
  options.cell_neighbors = std::min(options.cell_neighbors, largest);
  return options;
}

EvaluateMapsSettings evaluate_maps_step(Workspace& work, const EvaluateMapsSettings& settings) {
  auto& session = work.session();
  EvaluateMapsSettings used = settings;
  used.basis = bases_of(work, settings);
  if (used.compare && used.basis.size() < 2) {
    throw InputError(work.input_path(), "obsm", "only one map, " + used.basis.front() + ": nothing to compare it with",
                     "name two or more: --basis X_tsne,X_umap");
  }
  used.neighborhoods = settings.for_cells(work.rows(), session.log);
  work.representation(settings.reference);
  used.reference = work.representation_name(settings.reference);
  JudgedLabels labels;
  if (!settings.labels.empty()) labels.labels = labels_of(work, settings.labels, "labels");
  if (!settings.clusters.empty()) labels.clusters = labels_of(work, settings.clusters, "clusters");
  if (!settings.batch.empty()) labels.batches = labels_of(work, settings.batch, "batch");

  Index k = used.neighborhoods.max_neighbors();
  if (labels.labels || labels.batches) k = std::max(k, LabelNeighbors::lisi);
  k = std::min(k, work.rows() - 1);
  const Judged reference = search(work, used.reference, k);
  std::vector<Judged> judged;
  for (const auto& basis : used.basis) judged.push_back(search(work, basis, k));
  const auto evaluation = evaluate(work, used, reference, judged, labels);

  const auto record = record_of(evaluation);
  if (!work.output_path().empty()) {
    for (const auto& map : evaluation.maps) store_cells(work, map, used.neighborhoods.cell_neighbors > 0);
    work.set_uns("evaluate", record);
  }
  mpi::on_root(work.comm(), [&] {
    if (!settings.json.empty()) write_whole_file(settings.json, json_of(record) + "\n");
    if (!settings.figure.empty()) draw_rank_curves(settings.figure, evaluation);
    if (settings.report) settings.report(evaluation);
  });
  return used;
}

}  // namespace replearn::app
