#pragma once
#include <mpi.h>

#include <vector>

#include "base/stopwatch.hpp"

namespace replearn::mpi::detail {

/// Waits until transfers that were abandoned because of an error complete, at most 10 s; whether they did. Local, for
/// destructors: reports no error.
inline bool completed_after_error(std::vector<MPI_Request>& requests) {
  constexpr double patience_seconds = 10;
  const Stopwatch waited;
  int done = requests.empty();
  while (!done && waited.seconds() < patience_seconds) {
    if (MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE) != MPI_SUCCESS) {
      break;
    }
  }
  return done;
}

}  // namespace replearn::mpi::detail
