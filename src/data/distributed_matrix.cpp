#include "data/distributed_matrix.hpp"

#include <algorithm>

#include "mpi/collectives.hpp"

namespace replearn {

RowMatrix RowsView::copy(Index begin, Index count) const {
  RowMatrix rows(count, columns);
  for (Index i = 0; i < count; ++i) std::copy_n(data + (begin + i) * stride, columns, rows.data() + i * columns);
  return rows;
}

RowMatrix all_gather_rows(const mpi::Communicator& comm, const DistributedMatrix& matrix) {
  RowMatrix all(matrix.rows(), matrix.columns());
  mpi::all_gather_into(comm, std::span<const float>(matrix.local.data(), static_cast<std::size_t>(matrix.local.size())),
                       std::span<float>(all.data(), static_cast<std::size_t>(all.size())),
                       matrix.partition.counts(matrix.columns()));
  return all;
}

RowMatrix gather_rows(const mpi::Communicator& comm, const DistributedMatrix& matrix) {
  const auto all =
      mpi::gather_v(comm, std::span<const float>(matrix.local.data(), static_cast<std::size_t>(matrix.local.size())));
  return Eigen::Map<const RowMatrix>(all.data(), comm.is_root() ? matrix.rows() : 0, matrix.columns());
}

DistributedMatrix my_rows_of(const RowMatrix& whole, const mpi::Communicator& comm) {
  DistributedMatrix mine(RowPartition(whole.rows(), comm.shares()), comm.rank(), whole.cols());
  mine.local = whole.middleRows(mine.first_row(), mine.local_rows());
  return mine;
}

}  // namespace replearn
