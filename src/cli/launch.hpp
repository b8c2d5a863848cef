#pragma once
#include <string>

namespace replearn::cli {

/// What to warn of when a scheduler's allocation has several tasks and the program runs as one rank alone: started
/// without srun or mpirun, or by an srun that does not speak to MPI (then every task does the whole job). Empty if
/// all is well. ranks: of the program.
std::string warning_of_lonely_rank(int ranks);

}  // namespace replearn::cli
