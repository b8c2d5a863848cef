#include "cli/options/common.hpp"

#include <limits>

namespace replearn::cli {

using namespace app;

const char* const vectors_help = "Word vectors: .h5, .h5ad, .bin or .txt";
const char* const feature_types_help =
    "Feature types (var/feature_types) to use, comma-separated, such as Antibody Capture; other features stay in the "
    "file unchanged. auto: Gene Expression if there are several types; all: every feature";
OptionSet& add_representation(OptionSet& set, std::string& use_rep, std::vector<std::string>& feature_types) {
  return set
      .add("use-rep", use_rep,
           "Representation to use: an obsm key or X. auto: X_pca if present, else X if it has at most 50 columns, else "
           "a PCA computed first")
      .add("feature-types", feature_types,
           "Feature types (var/feature_types) to use where the representation is X, comma-separated, such as Antibody "
           "Capture. auto: Gene Expression if there are several types; all: every feature");
}

OptionSet& add_metric(OptionSet& set, Metric& metric, const std::string& what) {
  return set.add_choice("metric", metric.kind, metric_names(), what)
      .add("p", metric.p,
           "Exponent of the Minkowski distance; 0 counts differing entries, inf is Chebyshev. Other metrics ignore it")
      .between(0, std::numeric_limits<double>::infinity());
}

OptionSet& add_schedule(OptionSet& set, nn::ScheduleOptions& schedule) {
  return set
      .add_choice("schedule", schedule.kind,
                  {{"constant", nn::Schedule::constant},
                   {"linear", nn::Schedule::linear},
                   {"cosine", nn::Schedule::cosine},
                   {"exponential", nn::Schedule::exponential}},
                  "Learning-rate schedule")
      .add("warmup", schedule.warmup, "Steps of linear learning-rate warm-up from 0")
      .between(0, 1e12)
      .add("final-rate", schedule.final_share, "Final learning rate, as a fraction of the initial one")
      .between(0, 1);
}

OptionSet& add_adam_decay(OptionSet& set, nn::OptimizerOptions& optimizer) {
  return set.add("beta1", optimizer.beta1, "Decay rate of Adam's first-moment estimate")
      .between(0, 1)
      .add("beta2", optimizer.beta2, "Decay rate of Adam's second-moment estimate")
      .between(0, 1);
}

void add_figure_options(OptionSet& set, std::string& folder, std::string& format) {
  set.add("folder", folder, "Folder for figures; empty: the folder of the output")
      .writes_into_folder()
      .add("format", format, "File format of figures: png, svg or pdf")
      .changes_no_result();
}

}  // namespace replearn::cli
