#include "app/evaluate/scores.hpp"

#include <cmath>
#include <numeric>

#include "methods/map_quality/map_pairs.hpp"
#include "methods/map_quality/silhouette.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

using map_quality::Estimate;

std::vector<Index> all_rows(Index n) {
  std::vector<Index> rows(n);
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

Index first_row_of(Workspace& work) {
  return RowPartition(work.rows(), work.comm().shares()).begin(work.comm().rank());
}

/// Mean of the values that are not NaN, with its standard error if they are a sample of n rows.
Estimate mean_of(std::vector<double> values, Index n) {
  const bool sampled = std::ssize(values) < n;
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return {std::nan(""), 0};
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {sum / static_cast<double>(values.size()), sampled ? map_quality::standard_error(values, n) : 0};
}

/// LISI around the local rows, with the number of neighbors and the perplexity of scib-metrics.
std::vector<double> lisi(Workspace& work, const Judged& map, const map_quality::Labels& labels) {
  const Index k = std::min(LabelNeighbors::lisi, work.rows() - 1);
  const auto perplexity = static_cast<double>((k + 1) / 3);
  return map_quality::inverse_simpson(map.neighbors, first_row_of(work), k,
                                      perplexity, labels);
}

/// An effective number of labels as a fraction: 0 for one, 1 for all of them. NaN if there is one label only.
double mixing(double effective, const map_quality::Labels& labels) {
  return labels.count > 1 ? (effective - 1) / static_cast<double>(labels.count - 1) : std::nan("");
}

LabelScores score_labels(Workspace& work, const EvaluateMapsSettings& settings, const Judged& map,
                         const JudgedLabels& given, const std::vector<Index>& queries) {
  auto& phases = work.session().phases;
  const auto& labels = *given.labels;
  const Index n = work.rows(), first = first_row_of(work);
  LabelScores scores;
  scores.accuracy =
      map_quality::label_accuracy(work.comm(), map.neighbors, first, labels, settings.neighborhoods.neighbors);
  const auto silhouettes = phases.measure(
      "silhouette", [&] { return map_quality::silhouettes(work.comm(), *map.space, labels, queries); });
  scores.silhouette = mean_of(silhouettes, n);
  if (std::ssize(queries) == n) scores.cell_silhouettes.assign(silhouettes.begin(), silhouettes.end());
  phases.measure("labels", [&] {
    scores.clisi = 1 - mixing(map_quality::median(work.comm(), lisi(work, map, labels)), labels);
    const Index k = std::min(LabelNeighbors::graph, n - 1);
    scores.graph_connectivity = map_quality::graph_connectivity(work.comm(), map.neighbors, k, labels);
  });
  return scores;
}

BatchScores score_batches(Workspace& work, const Judged& reference, const Judged& map, const JudgedLabels& given,
                          const std::vector<Index>& queries) {
  auto& phases = work.session().phases;
  const auto& batches = *given.batches;
  BatchScores scores;
  phases.measure("batches", [&] {
    const auto values = lisi(work, map, batches);
    scores.ilisi = mixing(map_quality::median(work.comm(), values), batches);
    scores.cell_lisi.assign(values.begin(), values.end());
    const Index k = std::min(LabelNeighbors::kbet, work.rows() - 1);
    scores.kbet = map_quality::kbet_acceptance(work.comm(), map.neighbors, first_row_of(work), k, batches);
    scores.pcr = map_quality::batch_variance(*map.space, batches);
    const double before = map_quality::batch_variance(*reference.space, batches);
    scores.pcr_comparison = std::max(0.0, (before - scores.pcr) / before);
  });
  if (given.labels) {
    scores.silhouette = phases.measure("silhouette", [&] {
      return map_quality::batch_silhouette(work.comm(), *map.space, *given.labels, batches, queries);
    });
  }
  return scores;
}

std::vector<MapPair> compare_pairs(Workspace& work, const EvaluateMapsSettings& settings,
                                   const std::vector<Judged>& maps) {
  std::vector<MapPair> pairs;
  for (std::size_t a = 0; a < maps.size(); ++a) {
    for (std::size_t b = a + 1; b < maps.size(); ++b) {
      pairs.push_back({settings.basis[a], settings.basis[b],
                       map_quality::procrustes_disparity(*maps[a].space, *maps[b].space),
                       map_quality::mutual_neighbors(work.comm(), maps[a].neighbors, maps[b].neighbors,
                                                     settings.neighborhoods.neighbors, work.rows())});
    }
  }
  return pairs;
}

}  // namespace

MapEvaluation evaluate(Workspace& work, const EvaluateMapsSettings& settings, const Judged& reference,
                       const std::vector<Judged>& judged, const JudgedLabels& labels) {
  auto& phases = work.session().phases;
  const Index n = work.rows();
  MapEvaluation evaluation;
  evaluation.reference = settings.reference;
  evaluation.neighborhoods = settings.neighborhoods;
  evaluation.cells = n;
  evaluation.labels = settings.labels;
  evaluation.clusters = settings.clusters;
  evaluation.batch = settings.batch;
  evaluation.label_count = labels.labels ? labels.labels->count : 0;

  std::vector<map_quality::MappedSpace> maps;
  std::vector<const map_quality::Space*> spaces;
  for (const auto& each : judged) {
    maps.push_back({each.space.get(), &each.neighbors});
    spaces.push_back(each.space.get());
  }
  auto neighborhoods = phases.measure("ranks", [&] {
    return map_quality::compare_neighborhoods(work.comm(), RowPartition(n, work.comm().shares()),
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
  if (labels.labels && labels.clusters) {
    evaluation.agreement = map_quality::compare_clustering(*labels.labels, *labels.clusters);
  }
  const auto queries = evaluation.all_pairs ? all_rows(n) : sample;
  for (std::size_t m = 0; m < spaces.size(); ++m) {
    MapScores map;
    map.basis = settings.basis[m];
    map.columns = spaces[m]->columns();
    map.neighborhoods = std::move(neighborhoods[m]);
    map.curve = map_quality::rank_curve(sampled[m], n);
    map.stress = stress[m];
    map.cpd = map_quality::sampled_distance_correlation(*reference.space, *spaces[m], settings.seed);
    if (labels.labels) {
      map.centroids = map_quality::compare_centroids(*reference.space, *spaces[m], *labels.labels);
      map.labels = score_labels(work, settings, judged[m], labels, queries);
    }
    if (labels.batches) map.batches = score_batches(work, reference, judged[m], labels, queries);
    evaluation.maps.push_back(std::move(map));
  }
  if (settings.compare) evaluation.pairs = compare_pairs(work, settings, judged);
  return evaluation;
}

}  // namespace replearn::app
