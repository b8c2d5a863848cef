#pragma once
#include <cstdint>
#include <vector>

#include "mpi/communicator.hpp"

namespace replearn::harmony {

/// What the cells of a study differ in: columns such as sample and protocol, each with levels.
struct Factors {
  std::vector<Index> levels;                     ///< number of levels of each factor
  std::vector<std::vector<std::int32_t>> local;  ///< for each factor, the level of each local row
};

/// The combinations of levels that occur. All levels of all factors are numbered in one sequence. The same on every rank
/// but for `local`.
struct Groups {
  Index levels = 0;                           ///< of all factors together
  std::vector<Index> factor_of;               ///< the factor of each level
  std::vector<double> cells;                  ///< of each level, over all ranks
  std::vector<std::vector<Index>> levels_of;  ///< of each group: its level in each factor
  std::vector<std::int32_t> local;            ///< group of each local row

  Index count() const { return static_cast<Index>(levels_of.size()); }
};

/// All ranks.
Groups groups_of(const mpi::Communicator& comm, const Factors& factors);

}  // namespace replearn::harmony
