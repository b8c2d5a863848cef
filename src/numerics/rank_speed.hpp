#pragma once
#include <vector>

#include "mpi/communicator.hpp"

namespace replearn {

/// How fast each rank is while all of them work: rounds a second of what methods do most (a product of matrices that
/// stay in the cache, a pass over an array that does not), by the clock, so that what other processes take of a core
/// counts. All ranks; takes `seconds`. The same on all ranks; differs from call to call, so only who does how much may
/// follow from it.
std::vector<double> rank_speeds(const mpi::Communicator& comm, double seconds);

}  // namespace replearn
