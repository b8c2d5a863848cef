#pragma once
#include <Eigen/Core>
#include <span>
#include <vector>

#include "data/row_partition.hpp"
#include "mpi/communicator.hpp"

namespace replearn {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMatrixD = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMatrixI = Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// This rank's rows of a dense n x columns matrix, float32, row-major.
struct DistributedMatrix {
  RowPartition partition;
  int rank = 0;
  RowMatrix local;  ///< partition.count(rank) x columns

  DistributedMatrix() = default;
  /// Initialized with zeros.
  DistributedMatrix(const RowPartition& rows, int my_rank, Index columns)
      : partition(rows), rank(my_rank), local(RowMatrix::Zero(rows.count(my_rank), columns)) {}

  Index rows() const { return partition.rows(); }
  Index columns() const { return local.cols(); }
  Index local_rows() const { return local.rows(); }
  Index first_row() const { return partition.begin(rank); }
};

/// A view of this rank's rows in memory owned by another object; local row i is at data + i * stride.
struct RowsView {
  RowPartition partition;
  int rank = 0;
  Index columns = 0, stride = 0;
  const float* data = nullptr;

  RowsView() = default;
  RowsView(const RowPartition& rows, int my_rank, Index width, const float* first, Index apart)
      : partition(rows), rank(my_rank), columns(width), stride(apart), data(first) {}
  RowsView(const DistributedMatrix& matrix)  // NOLINT: implicit, like a span of a vector
      : RowsView(matrix.partition, matrix.rank, matrix.columns(), matrix.local.data(), matrix.columns()) {}

  Index rows() const { return partition.rows(); }
  Index local_rows() const { return partition.count(rank); }
  Index first_row() const { return partition.begin(rank); }
  std::span<const float> row(Index i) const { return {data + i * stride, static_cast<std::size_t>(columns)}; }
  /// Copies some of the local rows to contiguous memory.
  RowMatrix copy(Index begin, Index count) const;
};

/// All rows on every rank, n x columns. Collective; one all-gather of the whole.
RowMatrix all_gather_rows(const mpi::Communicator& comm, const DistributedMatrix& matrix);
/// All rows on root; 0 x columns elsewhere. Collective.
RowMatrix gather_rows(const mpi::Communicator& comm, const DistributedMatrix& matrix);
/// This rank's part of a matrix that all ranks hold completely (tests, small data). Local.
DistributedMatrix my_rows_of(const RowMatrix& whole, const mpi::Communicator& comm);

}  // namespace replearn
