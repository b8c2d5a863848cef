#pragma once
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/error.hpp"
#include "mpi/communicator.hpp"
#include "mpi/environment.hpp"

// What the targets of this folder share: each defines LLVMFuzzerTestOneInput, which libFuzzer (clang) or driver.cpp
// (any compiler) calls with the bytes of a file.
namespace replearn::fuzz {

/// One rank alone: MPI comes up when the first input does. It is not finalized; the process ends soon after.
inline const mpi::Communicator& comm() {
  static char name[] = "fuzz", *words[] = {name, nullptr};
  static int count = 1;
  static char** arguments = words;
  static auto* environment = new mpi::Environment(count, arguments);
  static const auto* world = environment ? new mpi::Communicator(mpi::Communicator::world()) : nullptr;
  return *world;
}

/// Puts the bytes in a file of its own and calls `read` with its path. An InputError is an answer; anything else that
/// is thrown ends the process, as a crash would.
template <class Read>
int read_file_of(const std::uint8_t* bytes, std::size_t size, Read read) {
  static const std::string path = "/dev/shm/replearn_fuzz_" + std::to_string(getpid());
  if (std::FILE* file = std::fopen(path.c_str(), "wb")) {
    if (size > 0) std::fwrite(bytes, 1, size, file);  // an input of no bytes is a null pointer
    std::fclose(file);
  } else {
    std::perror(path.c_str());
    std::abort();
  }
  try {
    read(path);
  } catch (const InputError&) {
  }
  std::remove(path.c_str());
  return 0;
}

}  // namespace replearn::fuzz
