#include "cli/metric_options.hpp"

#include <limits>

namespace replearn::cli {

OptionSet& add_metric(OptionSet& set, Metric& metric, const std::string& what) {
  return set.add_choice("metric", metric.kind, metric_names(), what)
      .add("p", metric.p,
           "Exponent of the Minkowski distance; 0 counts differing entries, inf is Chebyshev. Other metrics ignore it")
      .between(0, std::numeric_limits<double>::infinity());
}

void record_metric(ValueTree& parameters, Metric metric) {
  parameters.set("metric", metric_name(metric));
  if (metric.kind != Metric::minkowski) return;
  ValueTree arguments;
  arguments.set("p", metric.p);
  parameters.set("metric_kwds", std::move(arguments));
}

}  // namespace replearn::cli
