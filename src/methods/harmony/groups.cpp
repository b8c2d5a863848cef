#include "methods/harmony/groups.hpp"

#include <algorithm>
#include <span>

#include "mpi/collectives.hpp"

namespace replearn::harmony {

Groups groups_of(const mpi::Communicator& comm, const Factors& factors) {
  const std::size_t count = factors.levels.size(), rows = factors.local.front().size();
  // A combination as one number: its levels are the digits.
  std::vector<Index> combination(rows, 0);
  for (std::size_t f = 0; f < count; ++f) {
    for (std::size_t i = 0; i < rows; ++i) combination[i] = combination[i] * factors.levels[f] + factors.local[f][i];
  }
  std::vector<Index> found = combination;
  const auto unique = [](std::vector<Index>& values) {
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
  };
  unique(found);
  found = mpi::all_gather_v(comm, found);
  unique(found);

  Groups groups;
  std::vector<Index> first_level;
  for (std::size_t f = 0; f < count; ++f) {
    first_level.push_back(groups.levels);
    groups.levels += factors.levels[f];
    groups.factor_of.resize(static_cast<std::size_t>(groups.levels), static_cast<Index>(f));
  }
  for (Index each : found) {
    std::vector<Index> levels(count);
    for (std::size_t f = count; f-- > 0; each /= factors.levels[f]) levels[f] = first_level[f] + each % factors.levels[f];
    groups.levels_of.push_back(std::move(levels));
  }
  std::vector<Index> cells(static_cast<std::size_t>(groups.levels), 0);
  groups.local.reserve(rows);
  for (const Index each : combination) {
    const auto group = std::ranges::lower_bound(found, each) - found.begin();
    groups.local.push_back(static_cast<std::int32_t>(group));
    for (const Index level : groups.levels_of[static_cast<std::size_t>(group)]) ++cells[static_cast<std::size_t>(level)];
  }
  mpi::all_reduce(comm, std::span<Index>(cells), mpi::Reduction::sum);
  groups.cells.assign(cells.begin(), cells.end());
  return groups;
}

}  // namespace replearn::harmony
