#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"
#include "mpi/communicator.hpp"

namespace replearn::nn {

/// Of a layer or a space: products of wider ones could overflow.
constexpr Index max_width = Index{1} << 20;

/// What a model takes of each rank, in numbers of 4 bytes.
struct ModelSize {
  double weights = 0;        ///< each with its gradient and two moments of the optimizer
  double units_per_row = 0;  ///< of all layers; each with its gradient
  double rows_per_batch = 0;

  /// Fully connected layers between these widths, first to last; factor: of a maxout unit, its pieces.
  void add_layers(const std::vector<Index>& widths, double factor = 1);
  double bytes() const { return 4 * (4 * weights + 2 * units_per_row * rows_per_batch); }
};

/// Throws InputError naming the option if the nodes have not the memory that the model takes on each of their ranks.
/// Before anything of it is allocated: Linux gives memory that it does not have, and ends the process when it is used.
/// All ranks.
void require_memory(const mpi::Communicator& comm, const ModelSize& size, const std::string& option);

}  // namespace replearn::nn
