#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"
#include "mpi/communicator.hpp"

namespace replearn::nn {

/// Maximum width of a layer or latent space, so that products cannot overflow.
constexpr Index max_width = Index{1} << 20;

/// Memory of a model per rank, in 4-byte numbers.
struct ModelSize {
  double weights = 0;        ///< each with its gradient and two moments of the optimizer
  double units_per_row = 0;  ///< units of all layers; each with its gradient
  double rows_per_batch = 0;

  /// Adds fully connected layers with these widths, from first to last; factor: number of pieces of a maxout unit.
  void add_layers(const std::vector<Index>& widths, double factor = 1);
  double bytes() const { return 4 * (4 * weights + 2 * units_per_row * rows_per_batch); }
};

/// Throws InputError naming the option if a node lacks the memory for the model on all of its ranks. Must be called
/// before allocation, since Linux overcommits memory and kills the process on use. All ranks.
void require_memory(const mpi::Communicator& comm, const ModelSize& size, const std::string& option);

}  // namespace replearn::nn
