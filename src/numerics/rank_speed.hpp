#pragma once
#include <vector>

#include "mpi/communicator.hpp"

namespace replearn {

/// Measures the speed of each rank while all are working: rounds per second of typical work (a product of matrices in
/// cache, a pass over an array that exceeds it), in wall-clock time, so that load by other processes counts. All ranks;
/// takes `seconds`. Identical on all ranks; varies between calls, so it may only affect the distribution of work.
std::vector<double> rank_speeds(const mpi::Communicator& comm, double seconds);

}  // namespace replearn
