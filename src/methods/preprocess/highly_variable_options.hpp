#pragma once
#include <string>

#include "base/index.hpp"

namespace replearn::preprocess {

enum class HvgFlavor { none, seurat, cell_ranger, seurat_v3, seurat_v3_paper, pearson_residuals };

/// The name of the flavor in Scanpy; "none".
std::string flavor_name(HvgFlavor flavor);
/// Whether the flavor is defined on counts: seurat_v3, seurat_v3_paper and pearson_residuals. seurat and cell_ranger
/// are defined on log-transformed values.
bool uses_counts(HvgFlavor flavor);

/// Cutoffs of the flavors seurat and cell_ranger without a number of genes. Exclusive.
struct HvgCutoffs {
  double min_mean = 0.0125, max_mean = 3;
  double min_dispersion = 0.5;
  double max_dispersion = 0;  ///< 0: none
};

/// Parameters of Scanpy's highly_variable_genes.
struct HvgOptions {
  HvgFlavor flavor = HvgFlavor::seurat;
  Index top_genes = 2000;  ///< number of genes; 0: by `cutoffs` (seurat and cell_ranger only)
  HvgCutoffs cutoffs;
  Index bins = 20;     ///< seurat: bins of mean expression
  double span = 0.3;   ///< seurat_v3: fraction of the genes in each local regression
  double theta = 100;  ///< pearson_residuals: overdispersion of the negative binomial distribution
  double clip = 0;     ///< pearson_residuals: maximum |residual|; 0: square root of the number of cells

  /// Throws InputError naming the option.
  void validate() const;
};

}  // namespace replearn::preprocess
