#pragma once
#include <Eigen/Core>
#include <vector>

#include "data/row_partition.hpp"
#include "mpi/communicator.hpp"

namespace replearn {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMatrixD = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMatrixI = Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// My rows of a dense n x columns matrix, float32, row-major.
struct DistributedMatrix {
  RowPartition partition;
  int rank = 0;
  RowMatrix local;  ///< partition.count(rank) x columns

  DistributedMatrix() = default;
  /// Zeros.
  DistributedMatrix(const RowPartition& rows, int my_rank, Index columns)
      : partition(rows), rank(my_rank), local(RowMatrix::Zero(rows.count(my_rank), columns)) {}

  Index rows() const { return partition.rows(); }
  Index columns() const { return local.cols(); }
  Index local_rows() const { return local.rows(); }
  Index first_row() const { return partition.begin(rank); }
};

/// All rows on every rank, n x columns. Collective; one all-gather of the whole.
RowMatrix all_gather_rows(const mpi::Communicator& comm, const DistributedMatrix& matrix);
/// All rows on root; 0 x columns elsewhere. Collective.
RowMatrix gather_rows(const mpi::Communicator& comm, const DistributedMatrix& matrix);
/// Each rank's part of a matrix that all of them hold whole (tests, small data). Local.
DistributedMatrix my_rows_of(const RowMatrix& whole, const mpi::Communicator& comm);

}  // namespace replearn
