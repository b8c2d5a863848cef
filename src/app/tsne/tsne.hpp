#pragma once
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/neighbors/approximate.hpp"
#include "methods/tsne/place.hpp"
#include "methods/tsne/tsne.hpp"

namespace replearn::app {

enum class TsneStart { pca, random, spectral };
/// Kernel in the map: Student for t-SNE, Gaussian for SNE.
enum class TsneKernel { student, gaussian };
struct TsneSettings {
  GivenOptions given;
  tsne::Options method;
  tsne::Preset preset = tsne::Preset::opentsne;
  std::string affinities_key;  ///< key of obsp; empty: affinities are computed
  std::string start_key;       ///< key of obsm; empty: by `start`
  tsne::StartScale start_scale = tsne::StartScale::small;
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  Metric metric = Metric::euclidean;
  neighbors::Method neighbor_search = neighbors::Method::automatic;
  TsneStart start = TsneStart::pca;
  bool stored_graph = true;
  TsneKernel kernel = TsneKernel::student;
  std::vector<std::string> pull;  ///< column=label:weight
  std::string reference;          ///< .h5ad with a map to place the cells in; empty: compute a new map
  tsne::PlaceOptions place;
  Index sample = 0;              ///< cells mapped first; 0: none
  double sample_perplexity = 0;  ///< 0: sample / 100, at least `perplexity`
  /// Options for the map of the sample.
  tsne::Options sample_options() const;
  /// Throws InputError naming the option. n: cells.
  void validate(Index n) const;
  /// The validated settings for n cells: defaults too large for them are lowered, with a log line.
  TsneSettings for_cells(Index n, const Log& log) const;
  StepResults results() const { return {{}, {{"X_tsne", method.dimensions}}}; }
  void check(Workspace& work, const StepResults& earlier) const;
  void check_rows(Index rows) const { for_cells(rows, Log()); }
  void announce(Workspace& work) const;  ///< the neighbor search
  Index neighbors_needed(Index rows) const;  ///< see Step
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obsm/X_tsne and uns/tsne. All ranks. Returns the settings as
/// used. Throws InputError.
TsneSettings tsne_step(Workspace& work, const TsneSettings& settings);

}  // namespace replearn::app
