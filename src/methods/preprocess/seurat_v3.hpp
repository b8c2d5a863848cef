#pragma once
#include <vector>

#include "base/log.hpp"
#include "methods/preprocess/batch_moments.hpp"

namespace replearn::preprocess {

/// Expected standard deviation of each gene given its mean. One entry per batch and gene.
struct ExpectedDeviations {
  std::vector<double> deviation;  ///< 1 for a constant gene
  std::vector<double> clip;       ///< largest value that enters the variance: mean + deviation sqrt(cells)
};

/// Regression of log10(variance) on log10(mean) over the genes that vary in a batch (Stuart et al. 2019; Seurat's
/// method vst, Scanpy's seurat_v3), by loess with this span. Warns of regressions that the genes do not determine.
/// Local; throws InputError naming the batch if there are too few genes or too many with the same mean.
ExpectedDeviations expected_deviations(const Moments& moments, const Batches& batches, double span, const Log& log);

/// Variance of the standardized, clipped values of each batch and gene:
/// sum((min(x, clip) - mean)^2) / ((n - 1) deviation^2). clipped: sums of min(x, clip) and of their squares.
/// Local.
std::vector<double> standardized_variances(const Moments& moments, const ExpectedDeviations& expected,
                                           const BatchSums& clipped, const Batches& batches);

}  // namespace replearn::preprocess
