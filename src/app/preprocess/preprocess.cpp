#include "app/preprocess/preprocess.hpp"

#include "app/feature_types.hpp"
#include "app/layer_name.hpp"
#include "app/preprocess/counts_source.hpp"
#include "app/preprocess/old_results.hpp"

namespace replearn::app {

StepResults PreprocessSettings::results() const {
  return {{"n_genes_by_counts", "total_counts", "total_counts_mt", "pct_counts_mt"}};
}

// If X is only taken from another matrix, whether it changes is known once the counts have been found.
bool PreprocessSettings::overwrites(const std::string& element) const {
  return (method.normalize || method.log1p || method.scale) && !keep_old && is_result_of_x(element);
}

PreprocessSettings preprocess_step(Workspace& work, const PreprocessSettings& settings) {
  settings.method.validate();
  check_layer_name("--counts-layer", settings.method.counts_layer);
  auto& session = work.session();
  auto options = settings.method;
  const auto source = take_counts(work, settings.matrix, options.normalize || options.log1p);
  options.counts_layer = free_layer(work, source, options.counts_layer);
  const auto features = chosen_features(work, "preprocess", settings.feature_types);
  auto& data = work.data();
  auto results = session.phases.measure(
      "preprocess", [&] { return preprocess::preprocess(work.comm(), data, options, session.log, features); });
  PreprocessSettings used = settings;
  used.matrix = source.element;
  used.method.counts_layer = options.counts_layer;
  const bool changes = options.normalize || options.log1p || options.scale || source.element != "X";
  if (changes && !settings.keep_old) drop_old_results(work);
  work.set_preprocessed(std::move(results), options.counts_layer);
  return used;
}

}  // namespace replearn::app
