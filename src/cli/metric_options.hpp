#pragma once
#include <string>

#include "cli/option_set.hpp"
#include "numerics/metric.hpp"

namespace replearn::cli {

/// Declares --metric, one of metric_names(), and --p. `what`: help of --metric.
OptionSet& add_metric(OptionSet& set, Metric& metric, const std::string& what);
/// Records metric and its arguments, if any, as metric and metric_kwds, Scanpy's names in params of uns.
void record_metric(ValueTree& parameters, Metric metric);

}  // namespace replearn::cli
