#include "numerics/pull.hpp"

#include <fmt/core.h>

#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "mpi/collectives.hpp"

namespace replearn {

Index count_members(const mpi::Communicator& comm, const Pull& group, const std::string& option) {
  if (!(group.weight > 0) || !std::isfinite(group.weight)) {
    throw InputError("", option + " " + group.name, fmt::format("has weight {:g}", group.weight),
                     "choose a positive number");
  }
  Index mine = 0;
  for (const auto member : group.members) mine += member != 0;
  return mpi::all_reduce(comm, mine, mpi::Reduction::sum);
}

Index count_pulled(const mpi::Communicator& comm, const Pull& pull) {
  const Index members = count_members(comm, pull, "--pull");
  if (members < 2) {
    throw InputError("", "--pull " + pull.name, members == 0 ? "has no points" : "has one point, no pair to pull",
                     "choose a label with at least two points");
  }
  return members;
}

}  // namespace replearn
