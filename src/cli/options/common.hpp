#pragma once
#include <string>
#include <vector>

#include "cli/option_set.hpp"
#include "nn/optimizer.hpp"
#include "nn/schedule.hpp"
#include "numerics/metric.hpp"

/// Options that several verbs share.
namespace replearn::cli {

/// Help of options that name word vectors.
extern const char* const vectors_help;
/// Help of --feature-types for verbs with --matrix.
extern const char* const feature_types_help;

/// Declares --use-rep and --feature-types.
OptionSet& add_representation(OptionSet& set, std::string& use_rep, std::vector<std::string>& feature_types);

/// Declares --metric, one of metric_names(), and --p. `what`: help of --metric.
OptionSet& add_metric(OptionSet& set, Metric& metric, const std::string& what);

/// Declares --schedule, --warmup and --final-rate.
OptionSet& add_schedule(OptionSet& set, nn::ScheduleOptions& schedule);

/// Declares --beta1 and --beta2.
OptionSet& add_adam_decay(OptionSet& set, nn::OptimizerOptions& optimizer);

/// Declares --folder and --format of verbs that draw their results.
void add_figure_options(OptionSet& set, std::string& folder, std::string& format);

}  // namespace replearn::cli
