#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/row_blocks.hpp"
#include "methods/preprocess/counts.hpp"

namespace replearn::preprocess {

/// Mask of the genes among `features` (one entry per gene; empty: all) whose names start with `prefix` (case-sensitive:
/// MT- in human, mt- in mouse). One entry per gene, on every rank; all zero for "". names: on root. Collective; root
/// broadcasts m bytes.
std::vector<std::uint8_t> genes_with_prefix(const mpi::Communicator& comm, const std::vector<std::string>& names,
                                            Index genes, const std::string& prefix,
                                            const std::vector<std::uint8_t>& features = {});

/// Metrics of the local cells, with the names of Scanpy's calculate_qc_metrics.
struct CellFigures {
  std::vector<Index> n_genes_by_counts;   ///< number of genes with nonzero counts
  std::vector<double> total_counts;       ///< over all genes
  std::vector<double> total_counts_mt;    ///< over the marked genes
  double share(std::size_t cell) const {  ///< fraction in the marked genes, in [0, 1]; NaN for a cell without counts
    return total_counts_mt[cell] / total_counts[cell];
  }
};

/// A value that is no count: negative, not finite, or 2^40 or more.
struct BadValue {
  Index row = -1, column = -1;  ///< global; -1: none
  double value = 0;
};

/// A value of a gene that few cells express.
struct RareValue {
  Index cell = 0;  ///< local
  float value = 0;
};

/// What one pass over the input finds out.
struct InputFigures {
  CellFigures cells;                     ///< of the local cells
  std::vector<Index> nonzeros;           ///< number of cells with nonzero counts, per gene, on every rank
  std::vector<Index> nonzeros_of_kept;   ///< the same among the cells that are kept
  std::vector<double> total_counts;      ///< per gene, on every rank
  std::vector<std::uint8_t> kept_cells;  ///< of the local cells, as decided by `keeps`
  std::vector<std::vector<RareValue>> rare;  ///< of the local kept cells: those of each gene, if fewer than asked for
  ValueSummary values;                       ///< of the features, on every rank
  BadValue bad;                          ///< the first by rows, on every rank
};

/// Metrics of cells and genes, and what the values are. keeps(cells, i): whether cell i, whose metrics are complete, is
/// kept. rare_below: the values of genes with fewer values than this (0: none) are kept, 16 bytes each. marked: one entry per
/// gene. features: mask of the genes that enter the metrics of cells and the check of
/// values; empty: all. Sums of cells are taken in float64 in column order, those of genes exactly (ExactSums): equal to
/// the bit on any number of ranks. Collective; one pass over the values. Not finite or negative values are not summed.
InputFigures input_figures(const mpi::Communicator& comm, const RowBlocks& x, const std::vector<std::uint8_t>& marked,
                           const std::vector<std::uint8_t>& features, Index rare_below,
                           const std::function<bool(const CellFigures& cells, std::size_t cell)>& keeps);

/// The totals of the local kept cells over the genes that are kept, if they follow from the figures: subtracting the
/// values of genes that are dropped is exact for whole numbers. Otherwise nothing, and a pass over the values is needed.
/// kept_genes: one entry per gene; dropped ones have fewer values than rare_below. Collective.
std::optional<std::vector<double>> totals_of_kept(const mpi::Communicator& comm, const InputFigures& figures,
                                                  const std::vector<std::uint8_t>& kept_genes,
                                                  const std::vector<std::uint8_t>& features, Index rare_below);

/// Throws InputError on all ranks, naming the cell and gene of a value that is no count. names: on root. Collective.
void require_counts(const mpi::Communicator& comm, const BadValue& bad, const std::vector<std::string>& cells,
                    const std::vector<std::string>& genes);

/// Writes the metrics of all cells to root's obs: n_genes_by_counts, total_counts and, if `with_share`, total_counts_mt
/// and pct_counts_mt (percent; NaN for a cell without counts, as in Scanpy). Collective; root receives 24 n bytes.
void annotate_cells(const mpi::Communicator& comm, const CellFigures& mine, bool with_share, Annotations& obs);

}  // namespace replearn::preprocess
