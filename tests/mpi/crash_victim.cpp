// A rank that overwrites its heap and goes on, while the others wait for it. Run by tests/cli/test_crashes.py.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"

int main(int argc, char** argv) {
  const replearn::mpi::Environment environment(argc, argv);
  const auto comm = replearn::mpi::Communicator::world();
  if (comm.rank() == comm.size() - 1) {
    std::vector<char*> blocks;
    for (int i = 0; i < 2000; ++i) blocks.push_back(static_cast<char*>(std::malloc(100)));
    char* volatile first = blocks[0];
    std::memset(first, 0x41, 150000);  // headers of the blocks behind it, and what is free at the end
    for (char* block : blocks) std::free(block);
    for (int i = 0; i < 2000; ++i) blocks[static_cast<std::size_t>(i)] = static_cast<char*>(std::malloc(5000));
  }
  replearn::mpi::all_reduce(comm, 1, replearn::mpi::Reduction::sum);
}
