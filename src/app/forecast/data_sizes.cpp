#include "app/forecast/data_sizes.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {

double DataSizes::bytes_of_x(double share) const {
  const auto n = static_cast<double>(rows);
  return is_sparse ? share * stored * 8 + 8 * n : share * stored * 4;
}

DataSizes sizes_of(Workspace& work) {
  DataSizes sizes;
  sizes.rows = work.rows();
  sizes.columns = static_cast<Index>(mpi::broadcast(work.comm(), work.tables().var.names.size()));
  try {
    const auto x = work.storage_of("X");
    sizes.stored = x.values;
    sizes.is_sparse = x.is_sparse;
    sizes.in_memory = x.is_in_memory;
    sizes.can_stay_on_disk = x.has_blocks && x.is_sparse;
  } catch (const InputError&) {
    // A damaged X is refused by the step that reads it; others need not know.
  }
  sizes.is_compressed = work.compression() != io::Compression();
  sizes.has_counts = work.has_matrix("layers/counts");
  for (const auto& key : work.embedding_keys()) sizes.embeddings[key] = work.embedding_width(key);
  sizes.neighbors = static_cast<double>(work.stored_values("obsp/distances")) / static_cast<double>(sizes.rows);
  sizes.edges = static_cast<double>(work.stored_values("obsp/connectivities"));
  const auto variable = work.highly_variable();
  sizes.variable_genes = std::ranges::count_if(variable, [](auto gene) { return gene != 0; });
  // Variable genes have more nonzeros than the average one; without reading X this is a guess.
  constexpr double fuller = 2;
  if (sizes.variable_genes > 0 && sizes.columns > 0) {
    const double share = static_cast<double>(sizes.variable_genes) / static_cast<double>(sizes.columns);
    sizes.share_of_values = sizes.is_sparse ? std::min(1.0, fuller * share) : share;
  }
  return sizes;
}

}  // namespace replearn::app
