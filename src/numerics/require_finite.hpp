#pragma once
#include "data/expression_matrix.hpp"

namespace replearn {

/// Throws InputError, on all ranks alike, naming the first row and column (counted from 0) of a value that is NaN or
/// infinite; the caller adds the file name. Collective; one pass over the local values.
void require_finite(const mpi::Communicator& comm, const Matrix& matrix);
void require_finite(const mpi::Communicator& comm, const DistributedMatrix& matrix);
/// The error about a value that is not finite. Local.
[[noreturn]] void refuse_value(Index row, Index column);

}  // namespace replearn
