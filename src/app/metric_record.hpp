#pragma once
#include "data/value_tree.hpp"
#include "numerics/metric.hpp"

namespace replearn::app {

/// Records metric and its arguments, if any, as metric and metric_kwds, Scanpy's names in params of uns.
void record_metric(ValueTree& parameters, Metric metric);

}  // namespace replearn::app
