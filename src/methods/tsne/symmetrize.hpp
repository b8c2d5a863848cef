#pragma once
#include <string>

#include "data/sparse_rows.hpp"

namespace replearn::tsne {

/// How a_ij and a_ji are combined; missing entries are 0.
enum class Pairing {
  mean,    ///< (a_ij + a_ji) / 2
  either,  ///< 1 where either is stored
  equal,   ///< their mean if they agree to 1e-4 of the larger; otherwise an InputError names the pair
};

/// Symmetrizes a square matrix, to the bit. Means are divided by `total`, and the ones of `either` by their number. All
/// ranks; the result is the same on any number of them. `place` names the matrix in errors.
/// Cost: one exchange, in which each stored value goes to the rank that owns its column, 12 bytes each (none for values
/// that stay); no sort.
/// Memory, for s values stored on this rank: 16 s bytes (the result before pairs are combined), and 24 s while values
/// of other ranks arrive.
SparseRows symmetrized(const mpi::Communicator& comm, SparseRows matrix, Pairing pairing, double total,
                       const std::string& place);

}  // namespace replearn::tsne
