#include "app/preprocess/preprocess.hpp"

#include "app/feature_types.hpp"
#include "app/layer_name.hpp"
#include "app/preprocess/counts_source.hpp"
#include "app/preprocess/old_results.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// The options with defaults that depend on others.
preprocess::Options resolved(const PreprocessSettings& settings) {
  auto options = settings.method;
  if (!options.pearson_residuals) return options;
  options.normalize = options.log1p = false;
  if (!settings.given.contains("highly-variable")) options.hvg.flavor = preprocess::HvgFlavor::pearson_residuals;
  return options;
}

/// Lends the column of batches to the obs of X, which has only the columns that steps have added.
class BatchColumn {
 public:
  BatchColumn(Workspace& work, const std::string& name) : obs_(work.tables().obs), name_(name) {
    if (name.empty()) return;
    const auto* column = work.obs().find(name);
    if (!column || obs_.find(name)) return;
    obs_.set(name, *column);
    is_lent_ = true;
  }
  ~BatchColumn() {
    if (is_lent_) std::erase_if(obs_.columns, [&](const auto& column) { return column.first == name_; });
  }
  BatchColumn(const BatchColumn&) = delete;
  BatchColumn& operator=(const BatchColumn&) = delete;

 private:
  Annotations& obs_;
  std::string name_;
  bool is_lent_ = false;
};

/// Adds the matrix to the records of what was computed on counts, with Scanpy's key and values.
void record_source(preprocess::Results& results, const std::string& element) {
  const std::string computed_on = element == "X"                   ? "adata.X"
                                  : element.starts_with("layers/") ? element.substr(std::string("layers/").size())
                                                                   : element;
  for (auto& [name, value] : results.uns.entries) {
    if (name != "hvg" && name != "pearson_residuals_normalization") continue;
    auto& record = *std::get<std::shared_ptr<ValueTree>>(value);
    const auto* flavor = record.find("flavor");
    if (!flavor || *flavor == Value(std::string("pearson_residuals"))) record.set("computed_on", computed_on);
  }
}

}  // namespace

void PreprocessSettings::validate() const {
  resolved(*this).validate();
}

void PreprocessSettings::check(Workspace& work, const StepResults&) const {
  if (method.batch_key.empty()) return;
  const Annotations& obs = work.obs();
  mpi::on_root(work.comm(), [&] {
    if (obs.find(method.batch_key)) return;
    throw InputError(work.input_path(), "--batch-key", "obs has no column '" + method.batch_key + "'",
                     suggest(method.batch_key, obs.column_names()));
  });
}

StepResults PreprocessSettings::results() const {
  return {{"n_genes_by_counts", "total_counts", "total_counts_mt", "pct_counts_mt"}};
}

// If X is only taken from another matrix, whether it changes is known once the counts have been found.
bool PreprocessSettings::overwrites(const std::string& element) const {
  return (method.normalize || method.log1p || method.scale || method.pearson_residuals) && !keep_old &&
         is_result_of_x(element);
}

namespace {

/// Whether the matrix stays on disk. Scaling and residuals make it dense, which only
/// memory can hold.
bool stays_on_disk(Workspace& work, const PreprocessSettings& settings) {
  const std::string element = settings.matrix == "auto" ? "X" : settings.matrix;
  if (settings.method.scale || settings.method.pearson_residuals || !work.has_matrix(element)) return false;
  const auto reader = work.reader_of(element);
  return reader && work.exceeds_memory(*reader, settings.method.counts_layer.empty() ? 1 : 2);
}

preprocess::Results preprocess_on_disk(Workspace& work, StoredRows x, const preprocess::Options& options,
                                       const std::vector<std::uint8_t>& features) {
  auto& tables = work.tables();
  preprocess::StoredExpression data{std::move(x), std::move(tables.obs), std::move(tables.var)};
  auto results = preprocess::preprocess(work.comm(), data, options, work.session().log, features);
  tables.obs = std::move(data.obs);
  tables.var = std::move(data.var);
  return results;
}

}  // namespace

PreprocessSettings preprocess_step(Workspace& work, const PreprocessSettings& settings) {
  settings.validate();
  check_layer_name("--counts-layer", settings.method.counts_layer);
  auto& session = work.session();
  auto options = resolved(settings);
  const bool counts_needed =
      options.normalize || options.log1p || options.pearson_residuals || preprocess::uses_counts(options.hvg.flavor);
  auto source = take_counts(work, settings.matrix, counts_needed, stays_on_disk(work, settings));
  options.only_counts = !source.is_checked;
  options.counts_layer = free_layer(work, source, options.counts_layer);
  const auto features = chosen_features(work, "preprocess", settings.feature_types);
  auto results = [&] {
    const BatchColumn batches(work, options.batch_key);
    return session.phases.measure("preprocess", [&] {
      if (source.on_disk) return preprocess_on_disk(work, std::move(*source.on_disk), options, features);
      return preprocess::preprocess(work.comm(), work.data(), options, session.log, features);
    });
  }();
  record_source(results, source.element);
  PreprocessSettings used = settings;
  used.matrix = source.element;
  used.method = options;
  used.method.only_counts = false;
  const bool changes =
      options.normalize || options.log1p || options.scale || options.pearson_residuals || source.element != "X";
  if (changes && !settings.keep_old) drop_old_results(work);
  work.set_preprocessed(std::move(results), options.counts_layer);
  return used;
}

}  // namespace replearn::app
