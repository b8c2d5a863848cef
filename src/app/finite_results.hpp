#pragma once
#include <string>

#include "data/expression_matrix.hpp"
#include "data/neighbor_graph.hpp"

namespace replearn::app {

/// Check of every step's results before output: throws InputError on all ranks, naming the element, the first row and
/// the number of rows, if a value is NaN or infinite. All ranks; one pass over the local values.
void require_finite_result(const mpi::Communicator& comm, const std::string& element, const Matrix& matrix);
void require_finite_result(const mpi::Communicator& comm, const std::string& element, const DistributedMatrix& matrix);
void require_finite_result(const mpi::Communicator& comm, const std::string& element, const SparseRows& matrix);
void require_finite_result(const mpi::Communicator& comm, const std::string& element, const NeighborGraph& graph);
/// Check of a matrix that every rank holds completely.
void require_finite_result(const std::string& element, const RowMatrix& rows);

}  // namespace replearn::app
