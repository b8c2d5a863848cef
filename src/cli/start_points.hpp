#pragma once
#include <string>

#include "base/random.hpp"
#include "cli/workspace.hpp"

namespace replearn::cli {

/// First points for a map of q dimensions: principal components of x (n x d). Where x has fewer (points on a line, a
/// single column, one value far from all others), the coordinates that lack one are normal, by (seed, purpose, row), a
/// hundredth of the first component wide: enough for points to pass each other; `method` warns of it. n x q. All ranks.
/// Throws InputError if x is the same in every row or not finite.
DistributedMatrix principal_start(Workspace& work, const std::string& method, const DistributedMatrix& x, Index q,
                                  std::uint64_t seed, Purpose purpose);

}  // namespace replearn::cli
