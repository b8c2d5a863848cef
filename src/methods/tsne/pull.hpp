#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/tsne/map_view.hpp"

namespace replearn::tsne {

/// A group of points to be drawn together in the map. Adds to the cost
///
///     weight * mean over pairs of members of |y_i - y_j|^2
struct Pull {
  std::string name;                   ///< for messages: "cell_type=B"
  double weight = 0;                  ///< > 0
  std::vector<std::uint8_t> members;  ///< 1 for each local row that is a member
};

/// All pulls on one map. With c members and their mean m, the mean over pairs is 2 / (c - 1) sum_i |y_i - m|^2 and its
/// gradient 4 / (c - 1) (y_i - m), so no pairs are visited. A point may belong to several groups.
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
