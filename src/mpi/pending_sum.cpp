#include "mpi/pending_sum.hpp"

#include "base/stopwatch.hpp"
#include "mpi/error.hpp"

namespace replearn::mpi {

PendingSum::~PendingSum() {
  // Left by an error: the values are gone soon, and the job is lost.
  if (under_way()) MPI_Request_free(&request_);
}

void PendingSum::begin(std::span<float> values) {
  auto& traffic = comm_.traffic();
  const Stopwatch watch;
  check(MPI_Iallreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_FLOAT, MPI_SUM, comm_.raw(),
                       &request_),
        "MPI_Iallreduce");
  traffic.bytes_sent += 2.0 * static_cast<double>(values.size_bytes()) * (comm_.size() - 1) / comm_.size();
  traffic.seconds += watch.seconds();
  ++traffic.calls;
}

bool PendingSum::done() {
  if (!under_way()) return true;
  const Stopwatch watch;
  int flag = 0;
  check(MPI_Test(&request_, &flag, MPI_STATUS_IGNORE), "MPI_Test");
  comm_.traffic().seconds += watch.seconds();
  return flag != 0;
}

void PendingSum::wait() {
  if (!under_way()) return;
  const Stopwatch watch;
  check(MPI_Wait(&request_, MPI_STATUS_IGNORE), "MPI_Wait");
  comm_.traffic().seconds += watch.seconds();
}

}  // namespace replearn::mpi
