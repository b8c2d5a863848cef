#pragma once
#include <stdexcept>
#include <string>

namespace replearn::mpi {

/// Failure of an MPI function, named in the text. Not a user error: it propagates to main and ends all ranks.
class Error : public std::runtime_error {
 public:
  Error(const char* function, int code);
};

/// Throws Error unless `code` is MPI_SUCCESS.
void check(int code, const char* function);

}  // namespace replearn::mpi
