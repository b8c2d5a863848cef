#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "data/row_blocks.hpp"
#include "methods/preprocess/batches.hpp"
#include "methods/preprocess/highly_variable_options.hpp"

namespace replearn::preprocess {

struct HighlyVariable {
  std::vector<std::pair<std::string, Column>> columns;  ///< of var, with Scanpy's names; root only
  std::vector<std::uint8_t> selected;                   ///< one entry per gene, on every rank
};

/// Selects the highly variable genes, in each batch and then among them, with the results of Scanpy's
/// highly_variable_genes. rows: counts, if uses_counts(flavor), else log-transformed values (seurat applies exp(x) -
/// 1, in float32; cell_ranger, like Scanpy, does not). batches: of its rows; single_batch() if there are none. largest: no value is larger.
/// gene_names (root): break ties between batches of seurat and cell_ranger. Columns:
///
///   seurat, cell_ranger        means, dispersions, dispersions_norm
///   seurat_v3(_paper)          means, variances, variances_norm, highly_variable_rank
///   pearson_residuals          means, variances, residual_variances, highly_variable_rank
///   with names of batches      highly_variable_nbatches and, but for seurat_v3, highly_variable_intersection
///
/// Warns if none or fewer than requested are found. Bitwise identical on any number of ranks. Collective. Throws
/// InputError like the flavor's functions, or if exp(x) overflows. Cost: one pass over the local values for the
/// dispersions, three for the others; O(m log m) per batch on root, which broadcasts m bytes. Memory per rank: 48 bytes
/// per batch and gene, 80 for the last three flavors.
HighlyVariable highly_variable(const mpi::Communicator& comm, const RowBlocks& rows, const HvgOptions& options,
                               double largest, const Batches& batches, const std::vector<std::string>& gene_names, const Log& log);

}  // namespace replearn::preprocess
