#include "io/tenx/usa_mode.hpp"

#include <fmt/core.h>

#include <array>

#include "io/sparse_order.hpp"
#include "io/tables/fields.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {

Index genes_of_usa_mode(const std::vector<std::string>& names) {
  if (names.empty() || names.size() % 3 != 0) return 0;
  const std::size_t genes = names.size() / 3;
  for (std::size_t i = 0; i < genes; ++i) {
    if (names[genes + i] != names[i] + "-U" || names[2 * genes + i] != names[i] + "-A") return 0;
  }
  return static_cast<Index>(genes);
}

void sum_usa_mode(const mpi::Communicator& comm, SparseRows& x, Index genes, const Log& log) {
  std::array<double, 2> sums = {0, 0};  // unspliced counts, all counts
  SparseRows summed{x.partition, x.rank, genes, {0}, {}, {}};
  for (Index i = 0; i < x.local_rows(); ++i) {
    for (Index k = x.offsets[i]; k < x.offsets[static_cast<std::size_t>(i) + 1]; ++k) {
      const auto place = static_cast<std::size_t>(k);
      const bool unspliced = x.indices[place] / genes == 1;
      sums[0] += unspliced ? static_cast<double>(x.values[place]) : 0;
      sums[1] += static_cast<double>(x.values[place]);
      if (unspliced) continue;
      summed.indices.push_back(static_cast<std::int32_t>(x.indices[place] % genes));
      summed.values.push_back(x.values[place]);
    }
    summed.offsets.push_back(static_cast<Index>(summed.indices.size()));
  }
  sort_and_sum_columns(summed);
  x = std::move(summed);
  mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
  log.line(fmt::format(
      "alevin-fry's USA mode, three columns per gene: X is spliced + ambiguous; unspliced counts, {:.0f} % of all, "
      "are dropped (for nuclei, include them with pyroe.load_fry(..., 'snRNA') and write an .h5ad)",
      sums[1] > 0 ? 100 * sums[0] / sums[1] : 0));
}

}  // namespace replearn::io
