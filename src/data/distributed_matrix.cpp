#include "data/distributed_matrix.hpp"

#include "mpi/collectives.hpp"

namespace replearn {

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
