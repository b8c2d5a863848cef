#pragma once
#include <string>

#include "cli/option_set.hpp"
#include "numerics/metric.hpp"

namespace replearn::cli {

/// Declares --metric, one of metric_names(), and --p. `what`: between what, and for what.
OptionSet& add_metric(OptionSet& set, Metric& metric, const std::string& what);
/// Sets metric and, if it has any, metric_kwds, as Scanpy keeps them in params of uns.
void record_metric(ValueTree& parameters, Metric metric);

}  // namespace replearn::cli
