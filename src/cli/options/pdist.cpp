#include "app/pdist/pdist.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet pdist_options(PdistSettings& settings) {
  auto& o = settings.method;
  OptionSet set("pdist", "Distances between all pairs");
  add_metric(set, o.metric, "Distance between cells")
      .add_choice("form", o.form, {{"square", pdist::Form::square}, {"condensed", pdist::Form::condensed}},
                  "Output form, float32. square: n x n, in obsp; condensed: n (n - 1) / 2 values, each pair once in "
                  "SciPy's order, in uns")
      .add("key", settings.key, "Name of the result: obsp/KEY, or uns/KEY/condensed");
  add_representation(set, settings.use_rep, settings.feature_types)
      .add("buffer-memory", o.buffer_memory, "Memory per rank for distances waiting to be written, in bytes")
      .between(1e5, 1e12);
  return set;
}

}  // namespace replearn::cli
