#include "mpi/nonblocking_sum.hpp"

#include <algorithm>

#include "base/stopwatch.hpp"
#include "mpi/abandoned_requests.hpp"
#include "mpi/error.hpp"

namespace replearn::mpi::detail {

NonblockingReductions::~NonblockingReductions() {
  // Abandoned because of an error. If it occurred on all ranks, the sums complete, and they must, since their arrays
  // are freed; if only on this rank, they never complete, and execution must continue so that the error is reported.
  completed_after_error(requests_);
}

void NonblockingReductions::start(void* data, Index count, MPI_Datatype type, std::size_t size) {
  if (comm_.size() == 1) return;
  const Stopwatch watch;
  for (Index at = 0; at < count; at += comm_.message_limit()) {
    const auto piece = static_cast<int>(std::min(comm_.message_limit(), count - at));
    requests_.emplace_back(MPI_REQUEST_NULL);
    check(MPI_Iallreduce(MPI_IN_PLACE, static_cast<char*>(data) + at * static_cast<Index>(size), piece, type, MPI_SUM,
                         comm_.raw(), &requests_.back()),
          "MPI_Iallreduce");
  }
  comm_.count_sent(2.0 * static_cast<double>(count) * static_cast<double>(size) *
                   static_cast<double>(comm_.size() - 1) / comm_.size());
  comm_.traffic().seconds += watch.seconds();
}

bool NonblockingReductions::poll() {
  if (requests_.empty()) return true;
  const Stopwatch watch;
  int done = 0;
  check(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, MPI_STATUSES_IGNORE), "MPI_Testall");
  if (done) requests_.clear();
  comm_.traffic().seconds += watch.seconds();
  return requests_.empty();
}

void NonblockingReductions::wait() {
  if (requests_.empty()) return;
  const Stopwatch watch;
  check(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
  requests_.clear();
  comm_.traffic().seconds += watch.seconds();
}

}  // namespace replearn::mpi::detail
