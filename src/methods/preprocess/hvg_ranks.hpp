#pragma once
#include <vector>

#include "base/index.hpp"

namespace replearn::preprocess {

/// How genes are ordered for the selection: by the median of their ranks, then by the number of batches that rank them
/// high enough, or the other way round.
enum class RankOrder { rank_then_batches, batches_then_rank };

/// One entry per gene.
struct HvgRanks {
  std::vector<double> rank;     ///< median of the ranks from 0 of the batches with rank < top_genes; NaN: none
  std::vector<Index> nbatches;  ///< number of these batches
  std::vector<std::uint8_t> selected;
};

/// Ranks the genes of each batch by descending score (batch-major; NaN last, ties in gene order) and selects top_genes,
/// as SelectIntegrationFeatures of Seurat 3 and Scanpy do. Ties in order are broken by gene order. Local; O(batches m
/// log m).
HvgRanks rank_genes(const std::vector<double>& scores, Index batches, Index top_genes, RankOrder order);

}  // namespace replearn::preprocess
