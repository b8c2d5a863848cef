#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/stored_rows.hpp"
#include "data/value_tree.hpp"
#include "methods/preprocess/highly_variable_options.hpp"

namespace replearn::preprocess {

struct Options {
  Index min_genes = 0;              ///< drop cells that express fewer genes
  Index min_counts = 0;             ///< drop cells with a smaller total
  Index min_cells = 0;              ///< drop genes expressed in fewer of the kept cells
  double max_fraction = 1;          ///< drop cells with a larger fraction of counts in the genes of `gene_prefix`
  std::string gene_prefix = "MT-";  ///< genes whose percentage of counts is reported; "": none
  bool normalize = true;
  double target_sum = 0;  ///< total of each cell after normalization; 0: median of the nonzero totals
  bool log1p = true;      ///< natural logarithm of 1 + x
  /// X becomes the Pearson residuals of the counts, of the highly variable genes only; instead of `normalize` and
  /// `log1p`, which are then not applied. With theta and clip of `hvg`.
  bool pearson_residuals = false;
  HvgOptions hvg;
  std::string batch_key;                ///< column of obs with the batches for highly variable genes; "": one batch
  bool scale = false;                   ///< scale each gene to mean 0 and standard deviation 1; makes X dense
  double max_value = 0;                 ///< clip to [-max_value, max_value] after scaling; 0: no clipping
  bool only_counts = false;             ///< refuse a matrix that does not hold counts
  std::string counts_layer = "counts";  ///< layer for the raw counts; "": none

  /// Throws InputError naming the option.
  void validate() const;
};

/// Results of preprocessing. Columns of obs and var and complete masks of kept cells and genes are on root.
struct Results {
  std::vector<std::uint8_t> kept_cells, kept_genes;  ///< root: over the rows / columns of the input
  std::vector<std::uint8_t> kept_mine;               ///< kept_cells of the local rows
  std::optional<Matrix> counts;                      ///< the input values of kept cells and genes, if requested
  std::shared_ptr<const RowBlocks> rows_on_disk, counts_on_disk;  ///< X and counts of a matrix on disk
  std::vector<std::uint8_t> highly_variable;         ///< over the kept genes, on every rank; empty if not requested
  ValueTree filters;  ///< what the filters did: see filter_record.hpp
  ValueTree uns;  ///< entries for uns: "normalize_total", "log1p", "hvg", "pearson_residuals_normalization"
};

/// Quality-control metrics, filters, normalization, log1p, highly variable genes and scaling, in this order, in place
/// on data.x. Each step reproduces Scanpy 1.11 (README.md lists deviations) and is described in its own header:
///
///   quality_control.hpp  figures of the whole input -> obs n_genes_by_counts, total_counts and (with a prefix)
///                        total_counts_mt, pct_counts_mt; var mt, n_cells_by_counts, total_counts.
///                        Then cells are dropped by these figures, then genes by the cells that are left.
///   normalize.hpp        totals of what is left
///   highly_variable.hpp  var highly_variable and the flavor's statistics; no gene is dropped. Flavors of counts precede
///                        normalization. obs must have the column batch_key
///   pearson_residuals.hpp  instead of normalization and log1p; genes that are not highly variable are dropped
///   scale.hpp            var mean, std
///
/// data.obs and data.var name every row and column on root. Bitwise identical on any number of ranks. All ranks.
/// features: mask of the columns to process (of a multimodal panel the genes, not the antibodies), identical on every
/// rank; empty: all. Other columns stay in x unchanged, are never highly variable and do not enter the metrics of
/// cells. Throws InputError for negative or non-finite counts (naming cell and gene) or if a filter leaves nothing.
/// Logs what was dropped, and warns about filters that drop most cells and about a matrix that appears to be
/// preprocessed already. Cost: about five passes over the local values (two of them with a memoized exponential);
/// dropping cells moves each kept row at most once. Memory: X twice if counts are kept; rows and columns of a sparse
/// matrix are dropped in place; scaling and Pearson residuals add 4 n m bytes over all ranks.
Results preprocess(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options,
                   const Log& log = Log(), const std::vector<std::uint8_t>& features = {});

/// A stored matrix with the annotations of both axes, which are on root.
struct StoredExpression {
  StoredRows x;
  Annotations obs, var;
};

/// The same for a matrix on disk, with the same result to the bit. It is read in passes: one for metrics and filters,
/// one for the totals of cells, one for highly variable genes (three for flavors of counts); what was done is in
/// Results::rows_on_disk, a view that selects and transforms rows as they are read. options.scale and pearson_residuals
/// must be false, as their results are dense. Memory: a block of rows, 1 byte per cell and gene, 24 bytes per local
/// cell, 80 bytes per gene.
Results preprocess(const mpi::Communicator& comm, StoredExpression& data, const Options& options,
                   const Log& log = Log(), const std::vector<std::uint8_t>& features = {});

}  // namespace replearn::preprocess
