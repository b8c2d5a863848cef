#pragma once
#include <string>
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn::preprocess {

/// Throws InputError on all ranks, naming the first cell and gene (in row order) whose value is negative or not finite.
/// Collective. Cost: one pass over the local values, 24 bytes per rank.
void require_counts(const mpi::Communicator& comm, const ExpressionMatrix& data);

/// Mask of the genes whose names start with `prefix` (case-sensitive: MT- in human, mt- in mouse). One entry per gene,
/// on every rank; all zero for "". Collective; root broadcasts m bytes.
std::vector<std::uint8_t> genes_with_prefix(const mpi::Communicator& comm, const ExpressionMatrix& data,
                                            const std::string& prefix);

/// Metrics of the local cells, with the names of Scanpy's calculate_qc_metrics.
struct CellFigures {
  std::vector<Index> n_genes_by_counts;   ///< number of genes with nonzero counts
  std::vector<double> total_counts;       ///< over all genes
  std::vector<double> total_counts_mt;    ///< over the marked genes
  double share(std::size_t cell) const {  ///< fraction in the marked genes, in [0, 1]; NaN for a cell without counts
    return total_counts_mt[cell] / total_counts[cell];
  }
};

/// marked: one entry per gene. Sums in float64, in column order. Local; one pass over the local values.
CellFigures cell_figures(const Matrix& matrix, const std::vector<std::uint8_t>& marked);

/// Writes the metrics of all cells to root's obs: n_genes_by_counts, total_counts and, if `with_share`, total_counts_mt
/// and pct_counts_mt (percent; NaN for a cell without counts, as in Scanpy). Collective; root receives 24 n bytes.
void annotate_cells(const mpi::Communicator& comm, const CellFigures& mine, bool with_share, Annotations& obs);

/// Keeps the rows of x and obs where keep_mine (one entry per local row) is nonzero. Returns the complete mask on root,
/// nothing elsewhere. Collective; each row moves at most once, none if all are kept.
std::vector<std::uint8_t> keep_cells(const mpi::Communicator& comm, ExpressionMatrix& data,
                                     const std::vector<std::uint8_t>& keep_mine);

/// Keeps the columns of x and var where keep (identical on every rank) is nonzero. Local.
void keep_genes(ExpressionMatrix& data, const std::vector<std::uint8_t>& keep);

}  // namespace replearn::preprocess
