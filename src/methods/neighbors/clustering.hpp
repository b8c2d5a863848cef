#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::neighbors {

/// Rows (n x columns) in clusters, by k-means (Lloyd 1982, "Least squares quantization in PCM") on a sample of about
/// 32 rows a cluster drawn by global index. Clusters come in an order in which those near in space are near (halves
/// along the widest column, and so on: Bentley 1975, "Multidimensional binary search trees"); none is empty.
struct Clustering {
  // The same on all ranks.
  RowMatrix centers;         ///< clusters x columns
  std::vector<Index> sizes;  ///< rows of each cluster
  // Mine.
  std::vector<std::int32_t> cluster;  ///< of each of my rows: that of the nearest center (ties: the first)
  std::vector<std::uint8_t> sampled;  ///< whether my row is in the sample

  Index clusters() const { return centers.rows(); }
};

/// At most `clusters` clusters of the rows. Equal to the bit on any number of ranks. All ranks.
/// Cost: 2 clusters columns flops a row, and 6 times as much for each of the 32 clusters rows of the sample; each rank
/// sends 16 clusters columns bytes for each of 6 iterations.
Clustering cluster_rows(const mpi::Communicator& comm, const DistributedMatrix& rows, Index clusters,
                        std::uint64_t seed);

using ClusterPair = std::pair<std::int32_t, std::int32_t>;  ///< the lesser first

/// Which clusters should meet, each meeting itself besides, those that most need it first. The same on all ranks.
struct ClusterPairs {
  std::vector<ClusterPair> pairs;
  double candidates = 0;  ///< others that a row meets, on average
  double coverage = 0;    ///< share of `wanted` between clusters that meet
};

/// Sampled rows vote for the clusters nearest to them; pairs of clusters are taken by votes for each pair of rows that
/// they cost, until `share` of the pairs of clusters `wanted` (with repetition; (c, c) is met already) have been taken,
/// and each row meets `needed` others. wanted: of known near rows, the same on all ranks.
/// Equal to the bit on any number of ranks. All ranks.
/// Cost: 64 clusters^2 columns flops over all ranks, up to three times; sends the counted votes, about 1,000 clusters
/// bytes and more where many clusters are near.
ClusterPairs select_cluster_pairs(const mpi::Communicator& comm, const DistributedMatrix& rows,
                                  const Clustering& clustering, const std::vector<ClusterPair>& wanted, double share,
                                  Index needed);

}  // namespace replearn::neighbors
