#pragma once
#include <string>

#include "mpi/communicator.hpp"

namespace replearn::mpi {

/// MPI is up while this lives. One, made first thing in main. All ranks.
/// When an exception unwinds through it, MPI is not finalized (the other ranks may be anywhere; finalize would wait).
class Environment {
 public:
  Environment(int& argc, char**& argv);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Ends every rank of the job at once with this exit code. The only place that aborts. One rank.
  [[noreturn]] static void abort(int exit_code);

  /// True if every rank gets here within `seconds`: tells an error that all ranks share from one that a rank met
  /// alone while the others wait for it. Called by each rank that is about to leave on an error.
  static bool barrier_within(const Communicator& comm, double seconds);

 private:
  std::string session_folder_;  ///< of a process without a launcher, for Open MPI; empty: it has one of its own
};

/// Name and version of the library in use, such as "Open MPI v4.1.4".
std::string library_version();

}  // namespace replearn::mpi
