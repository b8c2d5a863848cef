#pragma once
#include <string>

namespace replearn::cli {

/// Warning for a run on one rank in an allocation of several tasks: started without srun or mpirun, or by an srun
/// without MPI support (every task then runs the whole job). Empty if there is nothing to warn of. ranks: size of
/// MPI_COMM_WORLD.
std::string warning_of_lonely_rank(int ranks);

}  // namespace replearn::cli
