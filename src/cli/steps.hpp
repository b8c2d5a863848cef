#pragma once
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

/// One step of a job: its settings, the declaration of its options, and the step itself. A verb is one step on a
/// workspace, `run` is several. Each step is implemented in the file of its verb, <verb>_command.cpp. All ranks.
namespace replearn::cli {

struct PreprocessSettings {
  preprocess::Options method;
  std::string matrix = "auto";  ///< "X", "raw/X", "layers/NAME"; auto: the first that holds counts
  std::vector<std::string> feature_types = {"auto"};
  bool keep_old = false;
  /// Whether an element of the input will not be in the output as it is. Local.
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
  /// With a default that n cells cannot meet lowered, which the log tells. Throws InputError for a demand that they
  /// cannot meet.
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
  std::string impute;  ///< a layer; empty: none
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
  std::string distances_key;  ///< of obsp; empty: distances are measured
  SammonStart start = SammonStart::pca;
  std::string start_key;                ///< of obsm; empty: by `start`
  std::vector<std::string> pull, push;  ///< column=label:weight
  std::string point_weights;            ///< a column of obs; empty: all 1
  std::string anchor_points;            ///< of obsm; empty: none
  double l2 = 0;
  Index landmarks = 0;    ///< 0: all cells are mapped
  std::string reference;  ///< an .h5ad with a map to place the cells in; empty: they get one of their own
  std::string figures;    ///< a folder; empty: none
  /// The method's options, the weight by `stress`. Throws InputError naming the option.
  sammon::Options checked() const;
};
OptionSet sammon_options(SammonSettings& settings);
void sammon_step(Workspace& work, const SammonSettings& settings);

enum class TsneStart { pca, random, spectral };
/// Of the map: Student's is t-SNE, Gauss' is SNE.
enum class TsneKernel { student, gaussian };
struct TsneSettings {
  GivenOptions given;
  tsne::Options method;
  tsne::Preset preset = tsne::Preset::opentsne;
  std::string affinities_key;  ///< of obsp; empty: they are computed
  std::string start_key;       ///< of obsm; empty: by `start`
  tsne::StartScale start_scale = tsne::StartScale::small;
  std::string use_rep = "auto";
  std::vector<std::string> feature_types = {"auto"};
  Metric metric = Metric::euclidean;
  neighbors::Method neighbor_search = neighbors::Method::automatic;
  TsneStart start = TsneStart::pca;
  bool stored_graph = true;
  TsneKernel kernel = TsneKernel::student;
  std::vector<std::string> pull;  ///< column=label:weight
  std::string reference;          ///< an .h5ad with a map to place the cells in; empty: they get one of their own
  tsne::PlaceOptions place;
  Index sample = 0;              ///< cells mapped first; 0: none
  double sample_perplexity = 0;  ///< 0: sample / 100, at least `perplexity`
  /// Of the map of the sample.
  tsne::Options of_sample() const;
  /// Throws InputError naming the option. n: cells.
  void validate(Index n) const;
  /// With defaults that n cells cannot meet lowered, which the log tells; validated.
  TsneSettings for_cells(Index n, const Log& log) const;
};
OptionSet tsne_options(TsneSettings& settings);
void tsne_step(Workspace& work, const TsneSettings& settings);

struct FactorizeSettings {
  GivenOptions given;
  factorize::Options method;
  factorize::Preset preset = factorize::Preset::own;
  std::string matrix = "X";
  std::vector<std::string> feature_types = {"auto"};
  bool log1p = false;
  std::string reference;  ///< an .h5ad with a model to place samples by; empty: learn one
  factorize::FitOptions fit;
  bool impute = false;
  std::string impute_layer = "factorize";
  std::vector<std::string> gene_maps;
  bool draw_curves = false;
  std::string folder, picture_format = "png";
  /// Throws InputError naming the option.
  void validate() const;
  bool keeps_missing() const { return method.missing == factorize::Missing::nan; }
  /// The method's options; a length that nobody asked for is by the size of the data, and stops early.
  factorize::Options with_length() const;
};
OptionSet factorize_options(FactorizeSettings& settings);
void factorize_step(Workspace& work, const FactorizeSettings& settings);

struct VaeSettings {
  GivenOptions given;
  vae::Options method;
  vae::Preset preset = vae::Preset::own;
  std::string matrix = "X";
  std::vector<std::string> feature_types = {"auto"};
  std::vector<std::string> condition;  ///< columns of obs
  Index importance_samples = 0;
  std::string reference;        ///< an .h5ad with a model to embed the cells by; empty: learn one
  std::string impute, denoise;  ///< layers; empty: none
  double denoise_library = 1e4;
  Index sample = 0;
  std::string sample_output;  ///< empty: beside the output
  bool draw_curves = false;
  std::string folder, picture_format = "png";
  /// Throws InputError naming the option.
  void validate() const;
  /// The method's options; a width of 0 alone stands for no hidden layer, and a length that nobody asked for is by the
  /// size of the data, and stops early.
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
/// What steps of this job will have added when its pictures are drawn.
struct AddedLater {
  std::vector<std::string> columns;                            ///< of obs
  std::vector<std::pair<std::string, Index>> embeddings = {};  ///< keys of obsm, with their dimensions
};
/// Throws before any work is done if a color, a key to draw or the file of pairs is not there.
void check_plot(Workspace& work, const PlotSettings& settings, const AddedLater& later);
/// Writes FOLDER/<basis>_<color>.<format> for each pair; no basis named: every X_ key there is. Returns the paths.
std::vector<std::string> plot_step(Workspace& work, const PlotSettings& settings);

}  // namespace replearn::cli
