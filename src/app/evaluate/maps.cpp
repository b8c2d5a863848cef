#include "app/evaluate/maps.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "app/evaluate/record.hpp"
#include "app/obs_labels.hpp"
#include "base/error.hpp"
#include "base/whole_file.hpp"
#include "methods/map_quality/nearest.hpp"
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

/// One representation with its exact neighbors.
struct Judged {
  std::unique_ptr<map_quality::Space> space;
  map_quality::NeighborLists neighbors;
};

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

/// Renumbers the categories without those that no cell has.
void drop_unused(Categorical& labels) {
  std::vector<std::int32_t> number(labels.categories.size(), -1);
  for (const auto code : labels.codes) {
    if (code >= 0) number[code] = 0;
  }
  std::vector<std::string> categories;
  for (std::size_t c = 0; c < number.size(); ++c) {
    if (number[c] < 0) continue;
    number[c] = static_cast<std::int32_t>(categories.size());
    categories.push_back(std::move(labels.categories[c]));
  }
  for (auto& code : labels.codes) code = code >= 0 ? number[code] : -1;
  labels.categories = std::move(categories);
}

/// A column of obs with labels, on all ranks. option: that named it.
map_quality::Labels labels_of(Workspace& work, const std::string& column, const std::string& option) {
  const Annotations& obs = work.obs();
  Categorical found;
  mpi::on_root(work.comm(), [&] {
    const Column* values = obs.find(column);
    if (!values) {
      throw InputError(work.input_path(), "obs/" + column, "no such column", suggest(column, obs.column_names()));
    }
    found = as_labels(*values);
    drop_unused(found);
    if (found.categories.empty()) {
      throw InputError(work.input_path(), "obs/" + column, "has no labels", "name another column: --" + option);
    }
  });
  map_quality::Labels labels;
  labels.count = mpi::broadcast(work.comm(), static_cast<Index>(found.categories.size()));
  labels.codes = mpi::broadcast(work.comm(), found.codes);
  return labels;
}

MapEvaluation evaluate(Workspace& work, const EvaluateMapsSettings& settings, const Judged& reference,
                       const std::vector<Judged>& judged, const std::optional<map_quality::Labels>& labels) {
  auto& phases = work.session().phases;
  const Index n = work.rows();
  MapEvaluation evaluation;
  evaluation.reference = settings.reference;
  evaluation.neighborhoods = settings.neighborhoods;
  evaluation.cells = n;
  evaluation.labels = settings.labels;
  evaluation.label_count = labels ? labels->count : 0;

  std::vector<map_quality::MappedSpace> maps;
  std::vector<const map_quality::Space*> spaces;
  for (const auto& each : judged) {
    maps.push_back({each.space.get(), &each.neighbors});
    spaces.push_back(each.space.get());
  }
  auto neighborhoods = phases.measure("ranks", [&] {
    return map_quality::compare_neighborhoods(work.comm(), work.representation(settings.reference).partition,
                                              {reference.space.get(), &reference.neighbors}, maps,
                                              settings.neighborhoods, {});
  });

  const Index wanted = settings.sample_rows > 0 ? settings.sample_rows : map_quality::default_sample(n);
  const auto sample = map_quality::sample_rows(n, wanted, settings.seed);
  evaluation.sampled_rows = static_cast<Index>(sample.size());
  const auto sampled = phases.measure("sampled rows", [&] {
    return map_quality::compare_sampled_rows(work.comm(), *reference.space, spaces, sample, settings.seed);
  });
  evaluation.all_pairs = n <= settings.exact_cells;
  std::vector<map_quality::StressScores> stress;
  phases.measure("stress", [&] {
    if (evaluation.all_pairs) {
      stress = map_quality::stress_of_all_pairs(work.comm(), *reference.space, spaces);
    } else {
      for (const auto& each : sampled) stress.push_back(map_quality::stress_of_sample(each, n));
    }
  });
  for (std::size_t m = 0; m < spaces.size(); ++m) {
    MapScores map;
    map.basis = settings.basis[m];
    map.columns = spaces[m]->columns();
    map.neighborhoods = std::move(neighborhoods[m]);
    map.curve = map_quality::rank_curve(sampled[m], n);
    map.stress = stress[m];
    map.cpd = map_quality::sampled_distance_correlation(*reference.space, *spaces[m], settings.seed);
    if (labels) map.centroids = map_quality::compare_centroids(*reference.space, *spaces[m], *labels);
    evaluation.maps.push_back(std::move(map));
  }
  return evaluation;
}

/// Scores of the cells as columns of obs.
void store_cells(Workspace& work, const MapScores& map) {
  const auto store = [&](const std::string& score, const std::vector<float>& mine) {
    work.set_obs_column(map.basis + "_" + score, mpi::gather_v(work.comm(), std::span<const float>(mine)));
  };
  store("recall", map.neighborhoods.cell_recall);
  store("trustworthiness", map.neighborhoods.cell_trustworthiness);
  store("continuity", map.neighborhoods.cell_continuity);
}

}  // namespace

void EvaluateMapsSettings::validate() const {
  const auto check = [](const std::vector<Index>& neighbors, const std::string& option) {
    for (const Index k : neighbors) require(k >= 1, "--" + option, static_cast<double>(k), "choose at least 1");
  };
  check(neighborhoods.neighbors, "neighbors");
  check(neighborhoods.rank_neighbors, "rank-neighbors");
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
  used.neighborhoods = settings.for_cells(work.rows(), session.log);
  work.representation(settings.reference);
  used.reference = work.representation_name(settings.reference);
  std::optional<map_quality::Labels> labels;
  if (!settings.labels.empty()) labels = labels_of(work, settings.labels, "labels");

  const Index k = std::min(used.neighborhoods.max_neighbors(), work.rows() - 1);
  const Judged reference = search(work, used.reference, k);
  std::vector<Judged> judged;
  for (const auto& basis : used.basis) judged.push_back(search(work, basis, k));
  const auto evaluation = evaluate(work, used, reference, judged, labels);

  const auto record = record_of(evaluation);
  if (!work.output_path().empty()) {
    if (used.neighborhoods.cell_neighbors > 0) {
      for (const auto& map : evaluation.maps) store_cells(work, map);
    }
    work.set_uns("evaluate", record);
  }
  mpi::on_root(work.comm(), [&] {
    if (!settings.json.empty()) write_whole_file(settings.json, json_of(record) + "\n");
    if (settings.report) settings.report(evaluation);
  });
  return used;
}

}  // namespace replearn::app
