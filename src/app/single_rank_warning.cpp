#include "app/single_rank_warning.hpp"

#include <fmt/core.h>

#include <cstdlib>

#include "base/log.hpp"

namespace replearn::app {
namespace {

long number_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? std::strtol(text, nullptr, 10) : 0;
}

}  // namespace

std::string single_rank_warning(int ranks) {
  if (ranks != 1) return {};
  if (number_of("SLURM_STEP_NUM_TASKS") > 1) {
    return fmt::format(
        "srun started {} tasks, but MPI did not connect them, so each runs the whole job on one rank. Start with srun "
        "--mpi=pmix or mpirun",
        number_of("SLURM_STEP_NUM_TASKS"));
  }
  for (const char* variable : {"SLURM_NTASKS", "PBS_NP", "LSB_DJOB_NUMPROC", "NSLOTS"}) {
    const long tasks = number_of(variable);
    if (tasks > 1) {
      return fmt::format("running on one rank in an allocation of {} ({}); start with srun or mpirun to use all of it",
                         tasks, variable);
    }
  }
  return {};
}

}  // namespace replearn::app
