#pragma once
#include <stdexcept>
#include <string>

namespace replearn::mpi {

/// An MPI function failed; the text names it. Not a user's error: it reaches main and ends all ranks.
class Error : public std::runtime_error {
 public:
  Error(const char* function, int code);
};

/// Throws Error unless `code` is MPI_SUCCESS.
void check(int code, const char* function);

}  // namespace replearn::mpi
