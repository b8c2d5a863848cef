#pragma once
#include "methods/map_quality/centroids.hpp"

namespace replearn::map_quality {

/// Silhouette (Rousseeuw 1987) of each of the rows `queries`, as scikit-learn's silhouette_samples of the labeled rows: (b
/// - a) / max(a, b), where a is the mean distance to the other rows of its label and b the smallest mean distance to the
/// rows of another label. 0 for the only row of its label; NaN for rows without a label, and if there is no other label.
/// The distances to all labeled rows are exact; they are measured in tiles, in float32, and summed in float64. Queries
/// are divided over the ranks. Collective; results on all ranks, in the order of `queries`, bit-identical on any number
/// of ranks. Cost: queries x n distances. Memory: 4 n d bytes per rank.
std::vector<double> silhouettes(const mpi::Communicator& comm, const Space& space, const Labels& labels,
                                const std::vector<Index>& queries);

/// scIB's batch silhouette: within each label, 1 - |silhouette| of the batches, averaged over the queried rows of the
/// label, then over labels. Labels with one batch, or as many batches as rows, are left out; NaN if none is left.
/// Collective.
double batch_silhouette(const mpi::Communicator& comm, const Space& space, const Labels& labels, const Labels& batches,
                        const std::vector<Index>& queries);

}  // namespace replearn::map_quality
