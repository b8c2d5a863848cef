#include "app/metric_record.hpp"

namespace replearn::app {

void record_metric(ValueTree& parameters, Metric metric) {
  parameters.set("metric", metric_name(metric));
  if (metric.kind != Metric::minkowski) return;
  ValueTree arguments;
  arguments.set("p", metric.p);
  parameters.set("metric_kwds", std::move(arguments));
}

}  // namespace replearn::app
