#pragma once
#include <span>

#include "mpi/communicator.hpp"

namespace replearn::mpi {

/// A sum over ranks that is under way while its callers do something else. MPI moves it on only when asked: call done()
/// every millisecond or so. Floating-point: its last bits depend on the number of ranks.
class PendingSum {
 public:
  explicit PendingSum(const Communicator& comm) : comm_(comm) {}
  PendingSum(const PendingSum&) = delete;
  PendingSum& operator=(const PendingSum&) = delete;
  ~PendingSum();

  /// Begins to replace `values`, as long on every rank, by their sums; nobody may touch them before done(). Collective:
  /// but who comes late keeps nobody waiting. At most comm.message_limit() values.
  void begin(std::span<float> values);
  bool under_way() const { return request_ != MPI_REQUEST_NULL; }
  /// True when the sums are there (or none was begun). Local.
  bool done();
  /// Waits until they are.
  void wait();

 private:
  const Communicator& comm_;
  MPI_Request request_ = MPI_REQUEST_NULL;
};

}  // namespace replearn::mpi
