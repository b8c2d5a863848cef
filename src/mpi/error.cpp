#include "mpi/error.hpp"

#include <mpi.h>

namespace replearn::mpi {
namespace {

std::string describe(const char* function, int code) {
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  return std::string(function) + ": " + std::string(text, static_cast<std::size_t>(length));
}

}  // namespace

Error::Error(const char* function, int code) : std::runtime_error(describe(function, code)) {}

void check(int code, const char* function) {
  if (code != MPI_SUCCESS) throw Error(function, code);
}

}  // namespace replearn::mpi
