#pragma once
#include "mpi/communicator.hpp"

namespace replearn::app {

/// Speed of a core of this job, relative to the one on which the costs of the verbs were measured: the slowest rank,
/// while all are working. All ranks; takes `seconds`. The same on all ranks; varies between calls.
double core_speed(const mpi::Communicator& comm, double seconds);

}  // namespace replearn::app
