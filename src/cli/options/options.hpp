#pragma once
#include <string>
#include <vector>

#include "cli/option_set.hpp"

namespace replearn::phrases {
struct Options;
}

namespace replearn::app {
struct PreprocessSettings;
struct PcaSettings;
struct PpcaSettings;
struct HarmonySettings;
struct NeighborsSettings;
struct PdistSettings;
struct SammonSettings;
struct TsneSettings;
struct UmapSettings;
struct LeidenSettings;
struct FactorizeSettings;
struct VaeSettings;
struct BiganSettings;
struct PlanSettings;
struct PlotSettings;
struct ConvertSettings;
struct MergeSettings;
struct SweepSettings;
struct JobSettings;
struct TextSettings;
struct VocabularySettings;
struct Word2vecSettings;
struct VectorsSettings;
struct DocsSettings;
struct QuerySettings;
struct EvaluateSettings;
struct EvaluateMapsSettings;
struct WatchSettings;
}  // namespace replearn::app

/// The options of each section, in the file of its name. The settings must outlive the set bound to them.
namespace replearn::cli {

OptionSet preprocess_options(app::PreprocessSettings& settings);
OptionSet pca_options(app::PcaSettings& settings);
OptionSet ppca_options(app::PpcaSettings& settings);
OptionSet harmony_options(app::HarmonySettings& settings);
OptionSet neighbors_options(app::NeighborsSettings& settings);
OptionSet pdist_options(app::PdistSettings& settings);
OptionSet sammon_options(app::SammonSettings& settings);
OptionSet tsne_options(app::TsneSettings& settings);
OptionSet umap_options(app::UmapSettings& settings);
OptionSet leiden_options(app::LeidenSettings& settings);
OptionSet factorize_options(app::FactorizeSettings& settings);
/// Those that affect the training, which a sweep may vary.
OptionSet factorize_training_options(app::FactorizeSettings& settings);
OptionSet vae_options(app::VaeSettings& settings);
OptionSet bigan_options(app::BiganSettings& settings);
OptionSet sweep_options(app::SweepSettings& settings);
OptionSet plan_options(app::PlanSettings& settings);
OptionSet plot_options(app::PlotSettings& settings);
OptionSet convert_options(app::ConvertSettings& settings);
OptionSet merge_options(app::MergeSettings& settings);
OptionSet watch_options(app::WatchSettings& settings);
OptionSet job_options(app::JobSettings& settings);

/// output_help: help of --output; extensions: those allowed for it, none for text.
OptionSet text_options(app::TextSettings& settings, const std::string& output_help,
                       std::vector<std::string> extensions);
OptionSet vocabulary_options(app::VocabularySettings& settings);
OptionSet phrases_options(phrases::Options& options);
OptionSet word2vec_options(app::Word2vecSettings& settings);
OptionSet vectors_options(app::VectorsSettings& settings);
OptionSet docs_options(app::DocsSettings& settings);
/// Of nearest and analogy, which differ in name, title and the meaning of the words.
OptionSet query_options(app::QuerySettings& settings, const std::string& verb, const std::string& title,
                        const std::string& words_help);
/// maps: options for maps of cells; words: for word vectors.
OptionSet evaluate_options(app::EvaluateMapsSettings& maps, app::EvaluateSettings& words);

}  // namespace replearn::cli
