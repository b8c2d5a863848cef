#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"

namespace replearn::preprocess {

enum class HvgFlavor { none, seurat, cell_ranger };

/// "none", "seurat", "cell_ranger".
std::string flavor_name(HvgFlavor flavor);

/// One entry per gene.
struct Dispersions {
  std::vector<double> means;             ///< of the values; seurat: ln(1 + mean)
  std::vector<double> dispersions;       ///< variance / mean; seurat: its logarithm, NaN for a constant gene
  std::vector<double> dispersions_norm;  ///< normalized within bins of similar mean
};

/// Dispersions as Scanpy's highly_variable_genes, from each gene's mean and variance (n - 1). Genes are compared with
/// those in the same bin of mean expression:
///
///   seurat       20 bins of equal width; (dispersion - mean of the bin) / standard deviation of the bin;
///                1 for a gene alone in its bin (Satija et al. 2015)
///   cell_ranger  20 bins with edges at the 10th, 15th, ... 100th percentile; (dispersion - median of the bin) /
///                (median absolute deviation of the bin / 0.6745) (Zheng et al. 2017)
///
/// A bin without spread gives NaN or infinity. Throws InputError (cell_ranger) if percentiles coincide, which happens
/// if more than a tenth of the genes are not expressed. Local; O(m log m). flavor is not none.
Dispersions dispersions(std::vector<double> means, const std::vector<double>& variances, HvgFlavor flavor);

/// Selects the `count` genes with the largest normalized dispersion, including ties with the last but never NaN; fewer
/// if there are not enough. Local.
std::vector<std::uint8_t> top_by_dispersion(const std::vector<double>& dispersions_norm, Index count);

/// Selects the genes with 0.0125 < mean < 3 and normalized dispersion > 0.5 (NaN: 0). Local.
std::vector<std::uint8_t> within_cutoffs(const Dispersions& genes);

struct HighlyVariable {
  Dispersions genes;                   ///< root only
  std::vector<std::uint8_t> selected;  ///< one entry per gene, on every rank
};

/// Selects the highly variable genes of a log-transformed matrix (seurat applies exp(x) - 1, in float32; cell_ranger,
/// like Scanpy, does not). top_genes 0: by the cutoffs. Warns if none or fewer than requested are found. Bitwise
/// identical on any number of ranks. Collective. Throws InputError like `dispersions`, or if exp(x) overflows. Cost:
/// column_moments (two passes, for seurat with one exponential per value), then O(m log m) on root, which broadcasts m
/// bytes.
HighlyVariable highly_variable(const mpi::Communicator& comm, const Matrix& matrix, HvgFlavor flavor, Index top_genes,
                               const Log& log);

}  // namespace replearn::preprocess
