#pragma once
#include <string>

#include "cli/option_set.hpp"
#include "numerics/metric.hpp"

/// Options that several verbs share.
namespace replearn::cli {

/// Help of --use-rep.
extern const char* const use_rep_help;
/// Help of options that name word vectors.
extern const char* const vectors_help;
/// Help of --feature-types; the second for verbs with --use-rep.
extern const char* const feature_types_help;
extern const char* const feature_types_of_x_help;

/// Declares --metric, one of metric_names(), and --p. `what`: help of --metric.
OptionSet& add_metric(OptionSet& set, Metric& metric, const std::string& what);

/// Declares --folder and --format of verbs that draw their results.
void add_figure_options(OptionSet& set, std::string& folder, std::string& format);

}  // namespace replearn::cli
