#pragma once
#include <string>

#include "data/sparse_rows.hpp"

namespace replearn::tsne {

/// What becomes of a_ij and a_ji, absent ones being 0.
enum class Pairing {
  mean,    ///< (a_ij + a_ji) / 2
  either,  ///< 1 where either is stored
  equal,   ///< their mean, if they differ by at most 1e-4 of the larger; else an InputError names the pair
};

/// The symmetric matrix of a square one, symmetric to the bit; means are divided by `total`, ones by their number. All
/// ranks; the result is the same on any
/// number of them. `place` names the matrix in errors.
/// Cost: one exchange, in which each stored value goes to the rank of its column, 12 bytes each, those that stay not
/// sent; no sort. Memory, for s values stored on this rank: 16 s bytes (the result before pairs are brought together),
/// and 24 s while values of other ranks arrive.
SparseRows symmetrized(const mpi::Communicator& comm, SparseRows matrix, Pairing pairing, double total,
                       const std::string& place);

}  // namespace replearn::tsne
