#include "cli/options/common.hpp"

#include <limits>

namespace replearn::cli {

using namespace app;

const char* const use_rep_help =
    "Representation to use: an obsm key or X. auto: X_pca if present, else X if it has at most 50 columns, else a PCA "
    "computed first";
const char* const vectors_help = "Word vectors: .h5, .h5ad, .bin or .txt";
const char* const feature_types_help =
    "Feature types (var/feature_types) to use, comma-separated, such as Antibody Capture; other features stay in the "
    "file unchanged. auto: Gene Expression if there are several types; all: every feature";
const char* const feature_types_of_x_help =
    "Feature types (var/feature_types) to use where the representation is X, comma-separated, such as Antibody "
    "Capture. auto: Gene Expression if there are several types; all: every feature";

OptionSet& add_metric(OptionSet& set, Metric& metric, const std::string& what) {
  return set.add_choice("metric", metric.kind, metric_names(), what)
      .add("p", metric.p,
           "Exponent of the Minkowski distance; 0 counts differing entries, inf is Chebyshev. Other metrics ignore it")
      .between(0, std::numeric_limits<double>::infinity());
}

void add_figure_options(OptionSet& set, std::string& folder, std::string& format) {
  set.add("folder", folder, "Folder for figures; empty: the folder of the output")
      .writes_into_folder()
      .add("format", format, "File format of figures: png, svg or pdf")
      .changes_no_result();
}

}  // namespace replearn::cli
