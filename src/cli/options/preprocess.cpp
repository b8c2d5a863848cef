#include "app/preprocess/preprocess.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet preprocess_options(PreprocessSettings& settings) {
  auto& o = settings.method;
  OptionSet set("preprocess",
                "Preprocessing: quality control, filters, normalization, highly variable genes, scaling, in this order",
                &settings.given);
  set.add("matrix", settings.matrix,
          "Matrix of raw counts that becomes X: layers/counts, raw/X (restricted to the genes of X), X or layers/NAME; "
          "a matrix named here is transformed whatever its values. auto: the first of layers/counts, raw/X and X that "
          "contains counts, as reported in the log")
      .add("feature-types", settings.feature_types, feature_types_help)
      .add("min-genes", o.min_genes,
           "Minimum number of genes expressed in a cell; other cells are dropped. 200 is usual for raw 10x counts")
      .between(0, 1e9)
      .add("min-counts", o.min_counts, "Minimum total count of a cell; other cells are dropped")
      .between(0, 1e15)
      .add("min-cells", o.min_cells, "Minimum number of cells that express a gene; other genes are dropped. 3 is usual")
      .between(0, 1e12)
      .add("max-fraction", o.max_fraction,
           "Drop cells with a larger fraction of counts in the genes of --gene-prefix; 1: drop none")
      .between(0, 1)
      .add("gene-prefix", o.gene_prefix,
           "Prefix of the genes whose percentage is reported as pct_counts_mt: MT- for human, mt- for mouse; empty: "
           "none")
      .add("normalize", o.normalize, "Scale each cell to the same total count, --target-sum")
      .add("target-sum", o.target_sum,
           "Total count per cell after --normalize; auto: the median of the cells' totals, stored in "
           "uns/normalize_total "
           "for new cells")
      .between(0, 1e30)
      .add("log1p", o.log1p, "Transform to log(1 + x), natural logarithm")
      .add("pearson-residuals", o.pearson_residuals,
           "Replace X by the Pearson residuals of the counts, with --theta and --clip, instead of --normalize and "
           "--log1p. X becomes dense, so only highly variable genes are kept, by default of the flavor "
           "pearson_residuals")
      .add_choice(
          "highly-variable", o.hvg.flavor,
          {{"seurat", preprocess::HvgFlavor::seurat},
           {"cell_ranger", preprocess::HvgFlavor::cell_ranger},
           {"seurat_v3", preprocess::HvgFlavor::seurat_v3},
           {"seurat_v3_paper", preprocess::HvgFlavor::seurat_v3_paper},
           {"pearson_residuals", preprocess::HvgFlavor::pearson_residuals},
           {"none", preprocess::HvgFlavor::none}},
          "Mark highly variable genes in var/highly_variable with this Scanpy flavor; PCA then uses these "
          "genes. seurat_v3, seurat_v3_paper and pearson_residuals are computed from counts, before normalization")
      .add("top-genes", o.hvg.top_genes,
           "Number of highly variable genes; auto: use the cutoffs of mean and dispersion (seurat, cell_ranger)")
      .between(0, 1e9)
      .add("batch-key", o.batch_key,
           "Column of obs with the batch of each cell: highly variable genes are selected in each batch, then by the "
           "number of batches and their rank or dispersion. Empty: all cells together")
      .add("min-mean", o.hvg.cutoffs.min_mean, "Cutoff of the mean expression with --top-genes auto: above this")
      .between(-1e30, 1e30)
      .add("max-mean", o.hvg.cutoffs.max_mean, "Cutoff of the mean expression with --top-genes auto: below this")
      .between(-1e30, 1e30)
      .add("min-disp", o.hvg.cutoffs.min_dispersion,
           "Cutoff of the normalized dispersion with --top-genes auto: above this")
      .between(-1e30, 1e30)
      .add("max-disp", o.hvg.cutoffs.max_dispersion,
           "Cutoff of the normalized dispersion with --top-genes auto: below this; none: no upper cutoff")
      .between(0, 1e30)
      .add("n-bins", o.hvg.bins, "Number of bins of mean expression of the flavor seurat")
      .between(1, 1e6)
      .add("span", o.hvg.span,
           "Fraction of the genes in each local regression of variance on mean of the flavor seurat_v3")
      .between(1e-6, 1)
      .add("theta", o.hvg.theta,
           "Overdispersion of the negative binomial distribution for Pearson residuals; variance = mean + mean^2 / "
           "theta")
      .between(1e-30, 1e30)
      .add("clip", o.hvg.clip, "Maximum absolute Pearson residual; auto: the square root of the number of cells")
      .between(0, 1e30)
      .add("scale", o.scale, "Scale each gene to zero mean and unit variance; makes X dense (pca --scale does not)")
      .add("max-value", o.max_value, "Clip values after --scale; 10 is usual. none: no clipping")
      .between(0, 1e30)
      .add("counts-layer", o.counts_layer,
           "Layer in which to store the raw counts; an existing layer is never overwritten. Empty: do not store them")
      .add("keep-old", settings.keep_old,
           "Keep results computed from the previous X (obsm/X_*, obsp, varm, var/highly_variable and its statistics), "
           "which do not match the new X");
  set.show_common({"matrix", "min-genes", "min-counts", "min-cells", "max-fraction", "gene-prefix", "normalize",
                   "target-sum", "log1p", "pearson-residuals", "highly-variable", "top-genes", "batch-key", "scale"})
      .show_zero_as("auto", {"target-sum", "top-genes", "clip"})
      .show_zero_as("none", {"max-value", "max-disp"});
  return set;
}

}  // namespace replearn::cli
