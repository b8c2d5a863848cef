#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "data/value_tree.hpp"

namespace replearn::preprocess {

enum class HvgFlavor { none, seurat, cell_ranger };

struct Options {
  Index min_genes = 0;              ///< drop cells that express fewer genes
  Index min_counts = 0;             ///< drop cells with a smaller total
  Index min_cells = 0;              ///< drop genes expressed in fewer cells
  double max_fraction = 1;          ///< drop cells with a larger share of counts in the genes of `gene_prefix`
  std::string gene_prefix = "MT-";  ///< whose share of counts is told; "": none
  bool normalize = true;
  double target_sum = 0;  ///< each cell's total after normalisation; 0: the median of the totals
  bool log1p = true;      ///< natural logarithm of 1 + x
  HvgFlavor highly_variable = HvgFlavor::seurat;
  Index top_genes = 2000;               ///< 0: by the flavour's cutoffs of mean and dispersion
  bool scale = false;                   ///< each gene to mean 0 and deviation 1; makes X dense
  double max_value = 0;                 ///< clip after scaling; 0: none
  std::string counts_layer = "counts";  ///< keep the raw counts under this layer; "": do not

  /// Throws InputError naming the option.
  void validate() const;
};

/// What preprocessing did. Columns for obs and var are on root; masks of what was kept are whole on root too.
struct Results {
  std::vector<std::uint8_t> kept_cells, kept_genes;  ///< root: over the input's rows / columns
  std::optional<Matrix> counts;                      ///< raw counts of what was kept, if asked for
  std::vector<std::uint8_t> highly_variable;         ///< over the kept genes, on every rank; empty if not asked for
  ValueTree uns;                                     ///< entries for uns: "log1p", "hvg"
};

/// Quality figures, filters, normalisation, log1p, highly variable genes, scaling, in this order, on data.x in place;
/// data.obs gains n_genes_by_counts, total_counts and (with a prefix) total_counts_mt, pct_counts_mt; data.var gains
/// n_cells_by_counts, total_counts, and highly_variable, means, dispersions, dispersions_norm. Names as Scanpy's.
/// Equal to the bit on any number of ranks. All ranks.
/// Throws InputError for negative or non-finite counts, or when a filter leaves nothing.
Results preprocess(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options,
                   const Log& log = Log());

}  // namespace replearn::preprocess
