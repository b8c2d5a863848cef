#pragma once
#include <string>

#include "mpi/communicator.hpp"

namespace replearn::mpi {

/// Initializes and finalizes MPI. One instance, constructed first in main. All ranks. During stack unwinding MPI is not
/// finalized, since the other ranks may be anywhere and MPI_Finalize would block.
class Environment {
 public:
  Environment(int& argc, char**& argv);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Aborts all ranks of the job with this exit code. The only call of MPI_Abort. One rank.
  [[noreturn]] static void abort(int exit_code);

  /// Barrier with a timeout: true if every rank arrives within `seconds`. Distinguishes an error on all ranks from an
  /// error on one rank for which the others wait. Called by each rank that is about to exit on an error.
  static bool barrier_within(const Communicator& comm, double seconds);

 private:
  std::string session_folder_;  ///< Open MPI's session folder of a process without a launcher; empty: not needed
};

/// Name and version of the library in use, such as "Open MPI v4.1.4".
std::string library_version();

}  // namespace replearn::mpi
