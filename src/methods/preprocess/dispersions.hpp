#pragma once
#include <limits>
#include <vector>

#include "methods/preprocess/batch_moments.hpp"
#include "methods/preprocess/highly_variable_options.hpp"

namespace replearn::preprocess {

/// One entry per gene.
struct Dispersions {
  std::vector<double> means;             ///< of the values; seurat: ln(1 + mean)
  std::vector<double> dispersions;       ///< variance / mean; seurat: its logarithm, NaN for a constant gene
  std::vector<double> dispersions_norm;  ///< normalized within bins of similar mean
};

/// Dispersions as Scanpy's highly_variable_genes, from each gene's mean and variance (n - 1). Genes are compared with
/// those in the same bin of mean expression:
///
///   seurat       `bins` bins of equal width; (dispersion - mean of the bin) / standard deviation of the bin;
///                1 for a gene alone in its bin (Satija et al. 2015)
///   cell_ranger  20 bins with edges at the 10th, 15th, ... 100th percentile; (dispersion - median of the bin) /
///                (median absolute deviation of the bin / 0.6745) (Zheng et al. 2017)
///
/// A bin without spread gives NaN or infinity. Throws InputError (cell_ranger) if percentiles coincide, which happens
/// if more than a tenth of the genes are not expressed; place: " of batch 'b'", for its message. Local; O(m log m).
Dispersions dispersions(std::vector<double> means, const std::vector<double>& variances, HvgFlavor flavor,
                        Index bins = 20, const std::string& place = "");

/// Selects the `count` genes with the largest normalized dispersion, including ties with the last but never NaN; fewer
/// if there are not enough. Local.
std::vector<std::uint8_t> top_by_dispersion(const std::vector<double>& dispersions_norm, Index count);

/// Selects the genes between the cutoffs of mean and normalized dispersion (NaN: 0). Local.
std::vector<std::uint8_t> within_cutoffs(const Dispersions& genes, const HvgCutoffs& cutoffs = {});

/// Dispersions within each batch, of the genes expressed in it, and how many batches select a gene.
struct BatchDispersions {
  Dispersions mean;             ///< means over the batches: NaN is left out, a gene that is not expressed counts as 0
  std::vector<Index> nbatches;  ///< number of batches that select the gene
  std::vector<std::uint8_t> selected;
};

/// Dispersions by batch, merged as Scanpy merges them. top_genes genes are selected in each batch, then the top_genes
/// that most batches select; of those with equally many the ones with the larger mean normalized dispersion, then by
/// name. top_genes 0: genes whose means over the batches are between the cutoffs. names: of the genes. Local;
/// O(batches m log m). Throws InputError like `dispersions`.
BatchDispersions dispersions_by_batch(const Moments& moments, const ValueRanges& ranges, const Batches& batches,
                                      const HvgOptions& options, const std::vector<std::string>& names);

}  // namespace replearn::preprocess
