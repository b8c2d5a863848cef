#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/tsne/map_view.hpp"

namespace replearn::tsne {

/// Points that are to lie together in the map: adds to the cost
///
///     weight * mean over pairs of members of |y_i - y_j|^2
struct Pull {
  std::string name;                   ///< for messages: "cell_type=B"
  double weight = 0;                  ///< > 0
  std::vector<std::uint8_t> members;  ///< of my rows, 1 where it is one
};

/// The pulls on one map. With c members and their mean m, the mean over pairs is 2 / (c - 1) sum_i |y_i - m|^2, and its
/// gradient 4 / (c - 1) (y_i - m): no pairs are visited. A point may be a member of several.
class Penalties {
 public:
  /// All ranks; comm must outlive it. Throws InputError if a pull has fewer than two members, or its weight is not a
  /// positive number.
  Penalties(const mpi::Communicator& comm, const RowPartition& partition, std::vector<Pull> pulls);

  /// Adds `factor` times a quarter of the cost's gradient for my rows, see gradient.hpp. points: all n x q. All ranks.
  /// Cost: 2 q flops a member twice, two reductions of 8 q numbers a pull.
  void add_gradient(const MapView& points, double factor, RowMatrixD& gradient) const;
  /// What each pull weighs: the mean of |y_i - y_j|^2 over its pairs. All ranks.
  std::vector<double> mean_squared_distances(const MapView& points) const;
  /// sum of weight * mean squared distance. All ranks.
  double cost(const MapView& points) const;

 private:
  std::vector<double> means(const MapView& points) const;

  const mpi::Communicator* comm_;
  RowPartition partition_;
  std::vector<Pull> pulls_;
  std::vector<std::vector<Index>> rows_;  // global, of my members, ascending
  std::vector<double> counts_;            // of members, on all ranks
};

}  // namespace replearn::tsne
