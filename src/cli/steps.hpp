#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/option_set.hpp"
#include "cli/workspace.hpp"
#include "methods/factorize/factorize.hpp"
#include "methods/neighbors/approximate.hpp"
#include "methods/pca/pca.hpp"
#include "methods/pdist/pdist.hpp"
#include "methods/ppca/ppca.hpp"
#include "methods/sammon/run.hpp"
#include "methods/tsne/place.hpp"
#include "methods/tsne/tsne.hpp"
#include "methods/vae/vae.hpp"
#include "numerics/preprocess.hpp"
#include "report/scatter.hpp"

/// Steps of a job, each with its settings, the declaration of its options and a function. A verb runs one step on a
/// workspace, `run` several. Each step is implemented in the file of its verb, <verb>_command.cpp. All ranks.
namespace replearn::cli {

struct PreprocessSettings {
  preprocess::Options method;
  std::string matrix = "auto";  ///< "X", "raw/X", "layers/NAME"; auto: the first that contains counts
  std::vector<std::string> feature_types = {"auto"};
  bool keep_old = false;
  /// Whether the step replaces or drops an element of the input. Local.
  bool replaces(const std::string& element) const;
};
OptionSet preprocess_options(PreprocessSettings& settings);
void preprocess_step(Workspace& work, const PreprocessSettings& settings);

enum class Genes { automatic, all, highly_variable };
struct PcaSettings {
  GivenOptions given;
  pca::Options method;
  std::string matrix = "X";
  Genes genes = Genes::automatic;
  std::vector<std::string> feature_types = {"auto"};
  std::string reference;
};
OptionSet pca_options(PcaSettings& settings);
void pca_step(Workspace& work, const PcaSettings& settings);

struct NeighborsSettings {
  GivenOptions given;
  neighbors::Options method;
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  /// The options for n cells: defaults too large for them are lowered, with a log line; explicit values too large throw
  /// InputError.
  neighbors::Options for_cells(Index n, const Log& log) const;
  bool replaces(const std::string& element) const;  ///< as for preprocess
};
OptionSet neighbors_options(NeighborsSettings& settings);
void neighbors_step(Workspace& work, const NeighborsSettings& settings);

struct PdistSettings {
  pdist::Options method;
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  std::string key = "pdist";
};
OptionSet pdist_options(PdistSettings& settings);
void pdist_step(Workspace& work, const PdistSettings& settings);

struct PpcaSettings {
  GivenOptions given;
  ppca::Options method;
  std::string matrix = "X";
  std::vector<std::string> feature_types = {"auto"};
  std::string impute;  ///< layer name; empty: none
  bool keeps_missing() const { return method.missing == ppca::Missing::nan; }
};
OptionSet ppca_options(PpcaSettings& settings);
void ppca_step(Workspace& work, const PpcaSettings& settings);

/// Sammon's 1 / d*; 1; 1 / (d* + 1); 1 / (d*^a + b).
enum class StressForm { sammon, raw, smoothed, weighted };
enum class SammonStart { pca, random };
struct SammonSettings {
  sammon::Options method;
  Index dimensions = 2;
  StressForm stress = StressForm::sammon;
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  std::string distances_key;  ///< key of obsp; empty: distances are computed
  SammonStart start = SammonStart::pca;
  std::string start_key;                ///< key of obsm; empty: by `start`
  std::vector<std::string> pull, push;  ///< column=label:weight
  std::string point_weights;            ///< obs column; empty: all 1
  std::string anchor_points;            ///< key of obsm; empty: none
  double l2 = 0;
  Index landmarks = 0;    ///< 0: all cells are mapped
  std::string reference;  ///< .h5ad with a map to place the cells in; empty: compute a new map
  std::string figures;    ///< a folder; empty: none
  /// The method's options, with the pair weight set by `stress`. Throws InputError naming the option.
  sammon::Options checked() const;
};
OptionSet sammon_options(SammonSettings& settings);
void sammon_step(Workspace& work, const SammonSettings& settings);

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
  tsne::Options of_sample() const;
  /// Throws InputError naming the option. n: cells.
  void validate(Index n) const;
  /// The validated settings for n cells: defaults too large for them are lowered, with a log line.
  TsneSettings for_cells(Index n, const Log& log) const;
};
OptionSet tsne_options(TsneSettings& settings);
void tsne_step(Workspace& work, const TsneSettings& settings);

struct FactorizeSettings {
  GivenOptions given;
  factorize::Options method;
  factorize::Preset preset = factorize::Preset::own;
  std::optional<Index> patience;  ///< epochs; not set: by the length of the training
  std::string matrix = "X";
  std::vector<std::string> feature_types = {"auto"};
  bool log1p = false;
  std::string reference;  ///< .h5ad with a trained model; empty: train one
  factorize::FitOptions fit;
  bool impute = false;
  std::string impute_layer = "factorize";
  std::vector<std::string> gene_maps;
  bool draw_curves = false;
  std::string folder, picture_format = "png";
  /// Throws InputError naming the option.
  void validate() const;
  bool keeps_missing() const { return method.missing == factorize::Missing::nan; }
  /// The method's options; a default training length is adapted to the size of the data, with early stopping.
  factorize::Options with_length() const;
};
OptionSet factorize_options(FactorizeSettings& settings);
void factorize_step(Workspace& work, const FactorizeSettings& settings);

struct VaeSettings {
  GivenOptions given;
  vae::Options method;
  vae::Preset preset = vae::Preset::own;
  std::optional<Index> patience;  ///< epochs; not set: by the length of the training
  std::string matrix = "X";
  std::vector<std::string> feature_types = {"auto"};
  std::vector<std::string> condition;  ///< obs columns
  Index importance_samples = 0;
  std::string reference;        ///< .h5ad with a trained model; empty: train one
  std::string impute, denoise;  ///< layer names; empty: none
  double denoise_library = 1e4;
  Index sample = 0;
  std::string sample_output;  ///< empty: derived from the output
  bool draw_curves = false;
  std::string folder, picture_format = "png";
  /// Throws InputError naming the option.
  void validate() const;
  /// The method's options; a single width of 0 means no hidden layer, and a default training length is adapted to the
  /// size of the data, with early stopping.
  vae::Options checked() const;
};
OptionSet vae_options(VaeSettings& settings);
void vae_step(Workspace& work, const VaeSettings& settings);

struct PlotSettings {
  std::vector<std::string> basis, color;
  std::string folder, format = "png";
  bool names = false;
  std::string pairs;  ///< a file; empty: none
  report::FigureOptions figure;
  void validate() const;
};
OptionSet plot_options(PlotSettings& settings);
/// Results that this job will have added before its pictures are drawn.
struct AddedLater {
  std::vector<std::string> columns;                            ///< obs columns
  std::vector<std::pair<std::string, Index>> embeddings = {};  ///< obsm keys with their dimensions
};
/// Throws before any work if a color, a key to draw or the file of pairs does not exist.
void check_plot(Workspace& work, const PlotSettings& settings, const AddedLater& later);
/// Writes FOLDER/<basis>_<color>.<format> for each combination; without a basis, for every X_ key. Returns the paths.
std::vector<std::string> plot_step(Workspace& work, const PlotSettings& settings);

}  // namespace replearn::cli
