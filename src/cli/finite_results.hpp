#pragma once
#include <string>

#include "data/expression_matrix.hpp"
#include "data/neighbor_graph.hpp"

namespace replearn::cli {

/// What every step's results pass on their way to the output: throws InputError, on all ranks alike, naming the
/// element, the first row and how many, if a value is NaN or infinite. All ranks; one pass over my values.
void require_finite_result(const mpi::Communicator& comm, const std::string& element, const Matrix& matrix);
void require_finite_result(const mpi::Communicator& comm, const std::string& element, const DistributedMatrix& matrix);
void require_finite_result(const mpi::Communicator& comm, const std::string& element, const SparseRows& matrix);
void require_finite_result(const mpi::Communicator& comm, const std::string& element, const NeighborGraph& graph);
/// The same of what every rank has whole.
void require_finite_result(const std::string& element, const RowMatrix& rows);

}  // namespace replearn::cli
