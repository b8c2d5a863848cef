#pragma once
#include <variant>

#include "data/annotations.hpp"
#include "data/distributed_matrix.hpp"
#include "data/sparse_rows.hpp"

namespace replearn {

/// This rank's rows of a matrix, dense or sparse as stored.
using Matrix = std::variant<DistributedMatrix, SparseRows>;

Index rows(const Matrix& matrix);
Index columns(const Matrix& matrix);
const RowPartition& partition(const Matrix& matrix);

/// This rank's rows of an expression matrix (observations x genes), with the annotations of both axes.
struct ExpressionMatrix {
  Matrix x;
  Annotations obs;  ///< root only
  Annotations var;  ///< root only
};

/// The columns where keep is not zero (same mask on every rank). Local.
Matrix select_columns(const Matrix& matrix, const std::vector<std::uint8_t>& keep);
/// The same in place if the matrix is sparse.
Matrix select_columns(Matrix&& matrix, const std::vector<std::uint8_t>& keep);

/// source: for each column of the result the column of x, each at most once, or -1 for zeros. Local.
Matrix arrange_columns(const Matrix& x, const std::vector<Index>& columns);

/// The rows where keep_mine (one entry per local row) is nonzero, redistributed: the result's partition is
/// RowPartition(total number kept, ranks). Collective; each row moves at most once. A sparse matrix that is moved in
/// takes no more memory than the rows that change their rank; a dense one is copied.
Matrix select_rows(const mpi::Communicator& comm, Matrix matrix, const std::vector<std::uint8_t>& keep_mine);

}  // namespace replearn
