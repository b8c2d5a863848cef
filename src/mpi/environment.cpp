#include "mpi/environment.hpp"

#include <mpi.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>

#include "base/crash_signals.hpp"
#include "base/stopwatch.hpp"
#include "mpi/error.hpp"

namespace replearn::mpi {

namespace {

/// Settings of Open MPI that are right here, unless the user or the launcher has set them. They are read when MPI starts.
void prepare_start() {
  const auto unless_set = [](const char* name, const char* value) { setenv(name, value, 0); };
  // Ranks that wait let others have the core: with fewer cores free than ranks, those that compute would otherwise
  // wait for those that wait. On cores of their own it costs nothing that can be measured (see src/mpi/README.md).
  unless_set("OMPI_MCA_mpi_yield_when_idle", "1");
  // One process without a launcher needs no daemon beside it.
  const bool launched = getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_NAMESPACE") || getenv("PMI_RANK");
  if (!launched) unless_set("OMPI_MCA_ess_singleton_isolated", "1");
}

}  // namespace

Environment::Environment(int& argc, char**& argv) {
  prepare_start();
  int provided = 0;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  int rank = 0;
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "MPI_Comm_rank");
  if (!std::getenv("OMPI_MCA_opal_signal")) report_crashes(rank);  // set: Open MPI's own handlers are wanted
}

Environment::~Environment() {
  if (std::uncaught_exceptions() == 0) MPI_Finalize();
}

void Environment::abort(int exit_code) {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::terminate();  // MPI_Abort does not come back
}

bool Environment::everyone_arrives(const Communicator& comm, double seconds) {
  MPI_Request request;
  if (MPI_Ibarrier(comm.raw(), &request) != MPI_SUCCESS) return false;
  Stopwatch waited;
  for (int done = 0; waited.seconds() < seconds;) {
    if (MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) return false;
    if (done) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

std::string library_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string all(text, static_cast<std::size_t>(length));
  return all.substr(0, all.find(','));
}

}  // namespace replearn::mpi
