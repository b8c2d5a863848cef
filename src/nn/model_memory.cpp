#include "nn/model_memory.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/memory.hpp"
#include "mpi/collectives.hpp"

namespace replearn::nn {

void ModelSize::add_layers(const std::vector<Index>& widths, double factor) {
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    weights += factor * (static_cast<double>(widths[i]) + 1) * static_cast<double>(widths[i + 1]);
    units_per_row += factor * static_cast<double>(widths[i + 1]);
  }
}

void require_memory(const mpi::Communicator& comm, const ModelSize& size, const std::string& option) {
  const auto node = comm.node();
  const double needed = node.size() * size.bytes(), available = available_memory_bytes();
  // Free memory differs between ranks; the decision of one rank applies to all.
  if (mpi::agree(comm, needed <= available)) return;
  const double least = mpi::all_reduce(comm, available, mpi::Reduction::min);
  throw InputError("", option,
                   fmt::format("a model of {:.3g} weights takes {} on a node with {} ranks, but a node has {} free",
                               size.weights, bytes_text(needed), node.size(), bytes_text(least)),
                   "choose narrower layers, smaller batches, or fewer ranks per node");
}

}  // namespace replearn::nn
