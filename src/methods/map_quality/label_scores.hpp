#pragma once
#include "methods/map_quality/centroids.hpp"

namespace replearn::map_quality {

/// Fraction of the labeled rows whose label is the most frequent one among their k nearest labeled or unlabeled
/// neighbors, themselves excluded, for each k; ties go to the label with the smaller code, as in scikit-learn. Neighbors
/// without a label do not vote. neighbors: of the local rows, at least max(k) or n - 1 each. Collective; equal on any
/// number of ranks. NaN without labeled rows.
std::vector<double> label_accuracy(const mpi::Communicator& comm, const NeighborLists& neighbors, Index first_row,
                                   const Labels& labels, const std::vector<Index>& k);

/// Agreement of a clustering with labels, over the rows that have both.
struct ClusteringAgreement {
  double adjusted_rand = 0;       ///< adjusted Rand index (Hubert and Arabie 1985)
  double mutual_information = 0;  ///< normalized by the mean of the two entropies
};
/// As scikit-learn's adjusted_rand_score and normalized_mutual_info_score. Local. NaN if no row has both.
ClusteringAgreement compare_clustering(const Labels& labels, const Labels& clusters);

/// Connectivity of the graph of nearest neighbors within labels (scIB): mean over labels of the largest strongly
/// connected component's share of its rows. neighbors: of the local rows; the first k of each are used. Collective.
/// Memory on root: 4 k bytes per row.
double graph_connectivity(const mpi::Communicator& comm, const NeighborLists& neighbors, Index k, const Labels& labels);

}  // namespace replearn::map_quality
