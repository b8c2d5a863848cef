#pragma once
#include "mpi/communicator.hpp"

namespace replearn::test {

/// The communicator of all ranks of the test program. Lives as long as the tests run.
const mpi::Communicator& comm();

}  // namespace replearn::test
