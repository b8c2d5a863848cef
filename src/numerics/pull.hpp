#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "mpi/communicator.hpp"

namespace replearn {

/// A group of points that a penalty term moves in a map: pulled together, or pushed away from the other points.
///
/// The cost of pulling is weight times the mean over pairs of members of |y_i - y_j|^2. With c members and their mean m
/// that mean is 2 / (c - 1) sum_i |y_i - m|^2 and its gradient 4 / (c - 1) (y_i - m), so no pairs are visited.
struct Pull {
  std::string name;                   ///< for messages: "cell_type=B"
  double weight = 0;                  ///< > 0
  std::vector<std::uint8_t> members;  ///< 1 for each local row that is a member
};

/// Number of members over all ranks. All ranks. Throws InputError naming the option ("--push") and the group if the
/// weight is not a positive number.
Index count_members(const mpi::Communicator& comm, const Pull& group, const std::string& option);
/// The same of a group to be pulled together. Throws InputError also if it has fewer than two members.
Index count_pulled(const mpi::Communicator& comm, const Pull& pull);

}  // namespace replearn
