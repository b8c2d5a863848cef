#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/tsne/map_view.hpp"
#include "numerics/pull.hpp"

namespace replearn::tsne {

/// All pulls on one map (see Pull). A point may belong to several groups.
class Penalties {
 public:
  /// All ranks; comm must outlive it. Throws InputError if a pull has fewer than two members or its weight is not a
  /// positive number.
  Penalties(const mpi::Communicator& comm, const RowPartition& partition, std::vector<Pull> pulls);

  /// Adds `factor` times a quarter of the gradient of the cost for the local rows (see gradient.hpp). points: all n x
  /// q. All ranks. Cost: two passes of 2 q flops per member, two reductions of 8 q numbers per pull.
  void add_gradient(const MapView& points, double factor, RowMatrixD& gradient) const;
  /// Mean of |y_i - y_j|^2 over the pairs of each pull. All ranks.
  std::vector<double> mean_squared_distances(const MapView& points) const;
  /// sum of weight * mean squared distance. All ranks.
  double cost(const MapView& points) const;

 private:
  std::vector<double> means(const MapView& points) const;

  const mpi::Communicator* comm_;
  RowPartition partition_;
  std::vector<Pull> pulls_;
  std::vector<std::vector<Index>> rows_;  // global indices of the local members, ascending
  std::vector<double> counts_;            // number of members over all ranks
};

}  // namespace replearn::tsne
