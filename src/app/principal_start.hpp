#pragma once
#include <string>

#include "app/workspace.hpp"
#include "base/random.hpp"

namespace replearn::app {

/// Initial positions (n x q): leading principal components of x (n x d). If x has fewer than q (points on a line, a
/// single column, one extreme outlier), the remaining coordinates are normal, a function of (seed, purpose, row), with
/// a hundredth of the first component's standard deviation, which lets points pass each other; `method` prefixes the
/// warning. All ranks. Throws InputError if all rows of x are equal or not finite.
DistributedMatrix principal_start(Workspace& work, const std::string& method, const DistributedMatrix& x, Index q,
                                  std::uint64_t seed, Purpose purpose);

}  // namespace replearn::app
