#include "mpi/environment.hpp"

#include <mpi.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

#include "base/crash_signals.hpp"
#include "base/stopwatch.hpp"
#include "mpi/error.hpp"

namespace replearn::mpi {

namespace {

void set_unless_set(const char* name, const char* value) {
  setenv(name, value, 0);
}

/// A process without a launcher does not need the daemon that Open MPI 4 would start. Without the daemon, all such
/// processes of a node would use the same session folder and remove each other's files, so this process gets its own
/// folder. Returns it; empty if there is a launcher, or if it cannot be created.
std::string prepare_single_process() {
  if (getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_NAMESPACE") || getenv("PMI_RANK")) return {};
  if (getenv("OMPI_MCA_orte_tmpdir_base") || getenv("OMPI_MCA_ess_singleton_isolated")) return {};
  const char* const given = getenv("TMPDIR");
  std::string folder = std::string(given && *given ? given : "/tmp") + "/replearn.XXXXXX";
  if (!mkdtemp(folder.data())) return {};
  set_unless_set("OMPI_MCA_ess_singleton_isolated", "1");
  set_unless_set("OMPI_MCA_orte_tmpdir_base", folder.c_str());
  return folder;
}

/// Whether the node has a network for which Open MPI has a native driver: InfiniBand, RoCE, EFA, Omni-Path, InfiniPath,
/// Slingshot.
bool has_fast_network() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (const char* devices : {"/sys/class/infiniband", "/sys/class/hfi1", "/sys/class/cxi"}) {
    if (fs::directory_iterator(devices, ignored) != fs::directory_iterator()) return true;
  }
  for (const char* device : {"/dev/hfi1_0", "/dev/ipath", "/dev/ipath0", "/dev/kgni0"}) {
    if (fs::exists(device, ignored)) return true;
  }
  return false;
}

/// Whether an Open MPI settings file selects the messaging layer: names a pml, or excludes ob1. (Debian's excludes
/// others.)
bool is_chosen_in(const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    if (!line.starts_with("pml=")) continue;
    const std::string value = line.substr(4);
    if (!value.starts_with('^') || value.find("ob1") != std::string::npos) return true;
  }
  return false;
}

bool is_chosen_in_any_file() {
  if (getenv("OMPI_MCA_mca_base_param_files")) return true;  // a site with its own settings files is respected
  const char *home = getenv("HOME"), *prefix = getenv("OPAL_PREFIX");
  return is_chosen_in(REPLEARN_MPI_SETTINGS) ||
         (home && is_chosen_in(std::string(home) + "/.openmpi/mca-params.conf")) ||
         (prefix && is_chosen_in(std::string(prefix) + "/etc/openmpi-mca-params.conf"));
}

/// Selects ob1 on a single node without a fast network. Open MPI would choose it anyway, but only after loading the
/// drivers of all networks: 0.3 s, most of it sleep (libpsm and libpsm2 measure the clock). All ranks of a job must
/// choose alike, which those of one node do. A choice by the user or the site takes precedence.
void pass_over_networks() {
  const char *all = getenv("OMPI_COMM_WORLD_SIZE"), *here = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  const bool alone = !all && getenv("OMPI_MCA_ess_singleton_isolated");
  const bool one_node = all && here && std::string(all) == here;
  if (!alone && (!one_node || has_fast_network())) return;
  if (!is_chosen_in_any_file()) set_unless_set("OMPI_MCA_pml", "ob1");
}

/// Whether ranks of this node share cores. If so, waiting ranks must yield (3 ranks on 2 cores: 0.6 s instead of 42).
/// Otherwise they should not, since another process would get a whole time slice at each wait (2 ranks on 2 cores
/// beside two other processes: 28 s instead of 1.7). True if unknown.
bool cores_may_be_too_few() {
  const char* ranks = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  cpu_set_t cores;  // of the launcher, since a rank is often bound to one core
  if (!ranks || sched_getaffinity(getppid(), sizeof cores, &cores) != 0) return true;
  return std::atoi(ranks) > CPU_COUNT(&cores);
}

}  // namespace

Environment::Environment(int& argc, char**& argv) : session_folder_(prepare_single_process()) {
  pass_over_networks();
  if (cores_may_be_too_few()) set_unless_set("OMPI_MCA_mpi_yield_when_idle", "1");  // read by MPI_Init
  int provided = 0;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  int rank = 0;
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "MPI_Comm_rank");
  if (!std::getenv("OMPI_MCA_opal_signal")) report_crashes(rank);  // if set, Open MPI's own handlers are used
}

Environment::~Environment() {
  if (std::uncaught_exceptions() == 0) MPI_Finalize();
  std::error_code ignored;
  if (!session_folder_.empty()) std::filesystem::remove_all(session_folder_, ignored);
}

void Environment::abort(int exit_code) {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::terminate();  // MPI_Abort does not return
}

bool Environment::barrier_within(const Communicator& comm, double seconds) {
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
