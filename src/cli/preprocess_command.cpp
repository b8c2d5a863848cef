#include "cli/commands.hpp"
#include "cli/counts_source.hpp"
#include "cli/feature_types.hpp"
#include "cli/layer_name.hpp"
#include "cli/old_results.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {

OptionSet preprocess_options(PreprocessSettings& settings) {
  auto& o = settings.method;
  OptionSet set("preprocess",
                "Preprocessing: quality figures, filters, normalization, variable genes, scaling, in this order");
  set.add("matrix", settings.matrix,
          "what to take and make X: layers/counts, raw/X (its columns for X's genes), X or layers/NAME, which is then "
          "transformed whatever it holds; auto: the first of the former three that holds counts, said in the log")
      .add("feature-types", settings.feature_types, feature_types_help)
      .add("min-genes", o.min_genes, "drop cells that express fewer genes; 200 is usual for raw 10x counts")
      .between(0, 1e9)
      .add("min-counts", o.min_counts, "drop cells with a smaller total count")
      .between(0, 1e15)
      .add("min-cells", o.min_cells, "drop genes expressed in fewer cells; 3 is usual")
      .between(0, 1e12)
      .add("max-fraction", o.max_fraction,
           "drop cells with a larger share of their counts in the genes of --gene-prefix; 1 drops none")
      .between(0, 1)
      .add("gene-prefix", o.gene_prefix,
           "genes whose share is told as pct_counts_mt: MT- for human, mt- for mouse; empty: none")
      .add("normalize", o.normalize, "scale each cell to the same total")
      .add("target-sum", o.target_sum,
           "that total; 0: the median of the cells' totals, told in uns/normalize_total for cells that come later")
      .between(0, 1e30)
      .add("log1p", o.log1p, "take the natural logarithm of 1 + x")
      .add_choice("highly-variable", o.highly_variable,
                  {{"seurat", preprocess::HvgFlavor::seurat},
                   {"cell_ranger", preprocess::HvgFlavor::cell_ranger},
                   {"none", preprocess::HvgFlavor::none}},
                  "mark genes of high dispersion in var/highly_variable, as Scanpy's flavors; PCA then uses these")
      .add("top-genes", o.top_genes, "how many of them; 0: by the flavor's cutoffs of mean and dispersion")
      .between(0, 1e9)
      .add("scale", o.scale, "bring each gene to mean 0 and deviation 1; makes X dense (pca --scale does not)")
      .add("max-value", o.max_value, "clip after scaling, 10 is usual; 0: do not")
      .between(0, 1e30)
      .add("counts-layer", o.counts_layer,
           "keep the raw counts in this layer, which is never overwritten if it is there; empty: do not")
      .add(
          "keep-old", settings.keep_old,
          "keep what was computed from the X before (obsm/X_*, obsp, varm, var/highly_variable and its figures), which "
          "the new X does not belong to");
  return set;
}

// Whether X changes if it is only taken from elsewhere is known when the counts have been found.
bool PreprocessSettings::replaces(const std::string& element) const {
  return (method.normalize || method.log1p || method.scale) && !keep_old && is_result_of_x(element);
}

void preprocess_step(Workspace& work, const PreprocessSettings& settings) {
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
  work.used(preprocess_options(used));
  const bool changes = options.normalize || options.log1p || options.scale || source.element != "X";
  if (changes && !settings.keep_old) drop_old_results(work);
  work.preprocessed(std::move(results), options.counts_layer);
}

void preprocess_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_one_step<PreprocessSettings>(comm, arguments, "preprocess",
                                   "prepare raw counts; writes X, obs, var, a layer of the counts", preprocess_options,
                                   preprocess_step);
}

}  // namespace replearn::cli
