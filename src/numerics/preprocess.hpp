#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "data/value_tree.hpp"
#include "numerics/highly_variable.hpp"

namespace replearn::preprocess {

struct Options {
  Index min_genes = 0;              ///< drop cells that express fewer genes
  Index min_counts = 0;             ///< drop cells with a smaller total
  Index min_cells = 0;              ///< drop genes expressed in fewer of the cells kept
  double max_fraction = 1;          ///< drop cells with a larger share of counts in the genes of `gene_prefix`
  std::string gene_prefix = "MT-";  ///< whose share of counts is told; "": none
  bool normalize = true;
  double target_sum = 0;  ///< each cell's total after normalization; 0: the median of the totals that are not 0
  bool log1p = true;      ///< natural logarithm of 1 + x
  HvgFlavor highly_variable = HvgFlavor::seurat;
  Index top_genes = 2000;               ///< all if there are fewer; 0: by cutoffs of mean and dispersion
  bool scale = false;                   ///< each gene to mean 0 and deviation 1; makes X dense
  double max_value = 0;                 ///< clip to [-max_value, max_value] after scaling; 0: do not
  std::string counts_layer = "counts";  ///< keep the raw counts under this layer; "": do not

  /// Throws InputError naming the option.
  void validate() const;
};

/// What preprocessing did. Columns for obs and var are on root; masks of what was kept are whole on root too.
struct Results {
  std::vector<std::uint8_t> kept_cells, kept_genes;  ///< root: over the input's rows / columns
  std::vector<std::uint8_t> kept_mine;               ///< of kept_cells my rows
  std::optional<Matrix> counts;                      ///< the values as given of what was kept, if asked for
  std::vector<std::uint8_t> highly_variable;         ///< over the kept genes, on every rank; empty if not asked for
  ValueTree uns;                                     ///< entries for uns: "normalize_total", "log1p", "hvg"
};

/// Quality figures, filters, normalization, log1p, highly variable genes, scaling, in this order, on data.x in place.
/// Each step gives the numbers of Scanpy 1.11 (README.md says where it had to choose) and is described in its own
/// header:
///
///   quality_control.hpp  figures of the whole input -> obs n_genes_by_counts, total_counts and (with a prefix)
///                        total_counts_mt, pct_counts_mt; var mt, n_cells_by_counts, total_counts.
///                        Then cells are dropped by these figures, then genes by the cells that are left.
///   normalize.hpp        totals of what is left
///   highly_variable.hpp  var highly_variable, means, dispersions, dispersions_norm; no gene is dropped
///   scale.hpp            var mean, std
///
/// data.obs and data.var name every row and column on root. Equal to the bit on any number of ranks. All ranks.
/// features: the columns that all this is about (of a panel, the genes and not the antibodies), the same mask on every
/// rank; empty: all. The others stay in x as they are, are no highly variable genes and count in no cell's figures.
/// Throws InputError for negative or non-finite counts (naming cell and gene) or when a filter leaves nothing. Logs
/// what was dropped, and warns of filters that drop most cells and of a matrix that looks preprocessed already.
/// Cost: about ten passes over my values (two of them with an exponential); dropping cells moves each kept row at most
/// once. Memory: X twice if counts are kept, once more while rows or columns are selected; scaling adds 4 n m bytes
/// over all ranks.
Results preprocess(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options,
                   const Log& log = Log(), const std::vector<std::uint8_t>& features = {});

}  // namespace replearn::preprocess
