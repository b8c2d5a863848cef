#pragma once

namespace replearn {

/// Resident memory of a process that has read nothing yet: the program, MPI and its libraries.
constexpr double process_memory = 4.0e7;

/// Memory in bytes: of each rank, shared among all ranks, and of each node regardless of its number of ranks.
struct MemoryNeed {
  double of_each_rank = 0, shared = 0, of_each_node = 0;

  /// On a node that has `ranks` of the `ranks_in_all` ranks.
  double on_node(int ranks, int ranks_in_all) const {
    return ranks * of_each_rank + shared * ranks / ranks_in_all + of_each_node;
  }
  MemoryNeed operator+(const MemoryNeed& other) const {
    return {of_each_rank + other.of_each_rank, shared + other.shared, of_each_node + other.of_each_node};
  }
};

}  // namespace replearn
