#pragma once
#include <string>

namespace replearn::app {

/// Warning for a run on one rank in an allocation of several tasks: started without srun or mpirun, or by an srun
/// without MPI support (every task then runs the whole job). Empty if there is nothing to warn of. ranks: size of
/// MPI_COMM_WORLD.
std::string single_rank_warning(int ranks);

}  // namespace replearn::app
