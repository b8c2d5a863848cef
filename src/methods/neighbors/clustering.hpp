#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::neighbors {

/// Rows (n x columns) assigned to clusters by k-means (Lloyd 1982, "Least squares quantization in PCM") on a sample of
/// about 32 rows per cluster drawn by global index. Clusters are ordered so that neighboring clusters in space are
/// close in the order (recursive halving along the widest column: Bentley 1975, "Multidimensional binary search
/// trees"); none is empty.
struct Clustering {
  // The same on all ranks.
  RowMatrix centers;         ///< clusters x columns
  std::vector<Index> sizes;  ///< number of rows of each cluster
  // Local.
  std::vector<std::int32_t> cluster;  ///< for each local row: that of the nearest center (ties: the first)
  std::vector<std::uint8_t> sampled;  ///< whether the local row is in the sample

  Index clusters() const { return centers.rows(); }
};

/// Clusters the rows into at most `clusters` clusters. Equal to the bit on any number of ranks. All ranks.
/// Cost: 2 clusters columns flops per row, and 6 times as much for each of the 32 clusters rows of the sample; each
/// rank sends 16 clusters columns bytes in each of 6 iterations.
Clustering cluster_rows(const mpi::Communicator& comm, const DistributedMatrix& rows, Index clusters,
                        std::uint64_t seed);

using ClusterPair = std::pair<std::int32_t, std::int32_t>;  ///< the smaller index first

/// Pairs of clusters to be searched, in addition to each cluster with itself, the most valuable first. The same on all
/// ranks.
struct ClusterPairs {
  std::vector<ClusterPair> pairs;
  double candidates = 0;  ///< average number of candidates per row
  double coverage = 0;    ///< fraction of `known_pairs` between paired clusters
};

/// Selects pairs of clusters. Sampled rows vote for the clusters nearest to them. Cluster pairs are added in descending
/// order of votes per row pair, until they include a fraction `share` of `known_pairs` (counted with repetition; (c, c)
/// is always included) and each row has `needed` candidates. known_pairs: cluster pairs of known near rows, the same on
/// all ranks. Equal to the bit on any number of ranks. All ranks. Cost: 64 clusters^2 columns flops over all ranks, up
/// to three times; sends the counted votes, about 1,000 clusters bytes, and more if many clusters are close.
ClusterPairs select_cluster_pairs(const mpi::Communicator& comm, const DistributedMatrix& rows,
                                  const Clustering& clustering, const std::vector<ClusterPair>& known_pairs,
                                  double share, Index needed);

}  // namespace replearn::neighbors
