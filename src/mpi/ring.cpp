#include "mpi/ring.hpp"

#include <exception>

#include "base/stopwatch.hpp"
#include "mpi/abandoned_requests.hpp"
#include "mpi/collectives.hpp"
#include "mpi/error.hpp"

namespace replearn::mpi::detail {
namespace {

constexpr int ring_tag = 72;

}  // namespace

RingTransfer::~RingTransfer() {
  // The ring was abandoned because of an error. If all ranks left at this visit, the pending transfer completes, and it
  // must, since its buffers are freed and an unreceived message would be mistaken for one of the next ring. If only
  // this rank left, it may never complete; the job is then lost, and execution must continue so that the error is
  // reported.
  if (completed_after_error(requests_)) return;
  for (auto& request : requests_) {
    if (request == MPI_REQUEST_NULL) continue;
    MPI_Cancel(&request);
    MPI_Request_free(&request);
  }
}

void RingTransfer::start(const void* out, Index out_bytes, void* in, Index in_bytes) {
  const int right = (comm_.rank() + 1) % comm_.size();
  const int left = (comm_.rank() + comm_.size() - 1) % comm_.size();
  const Index limit = comm_.message_limit();
  requests_.clear();
  for (Index at = 0; at < in_bytes; at += limit) {
    check(MPI_Irecv(static_cast<char*>(in) + at, static_cast<int>(std::min(limit, in_bytes - at)), MPI_BYTE, left,
                    ring_tag, comm_.raw(), &requests_.emplace_back(MPI_REQUEST_NULL)),
          "MPI_Irecv");
  }
  for (Index at = 0; at < out_bytes; at += limit) {
    check(MPI_Isend(static_cast<const char*>(out) + at, static_cast<int>(std::min(limit, out_bytes - at)), MPI_BYTE,
                    right, ring_tag, comm_.raw(), &requests_.emplace_back(MPI_REQUEST_NULL)),
          "MPI_Isend");
  }
  comm_.count_sent(static_cast<double>(out_bytes), right);
}

void RingTransfer::poll() {
  int done = 0;
  if (!requests_.empty()) {
    check(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, MPI_STATUSES_IGNORE), "MPI_Testall");
  }
}

void RingTransfer::wait() {
  Stopwatch watch;
  check(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
  requests_.clear();
  comm_.traffic().seconds += watch.seconds();
}

std::vector<Index> counts_of_all_ranks(const Communicator& comm, Index mine) {
  return all_gather(comm, mine);
}

}  // namespace replearn::mpi::detail
