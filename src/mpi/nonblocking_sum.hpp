#pragma once
#include <span>
#include <vector>

#include "mpi/communicator.hpp"
#include "mpi/datatype.hpp"

namespace replearn::mpi {

namespace detail {
class NonblockingReductions {
 public:
  explicit NonblockingReductions(const Communicator& comm) : comm_(comm) {}
  ~NonblockingReductions();
  NonblockingReductions(const NonblockingReductions&) = delete;
  NonblockingReductions& operator=(const NonblockingReductions&) = delete;
  void start(void* data, Index count, MPI_Datatype type, std::size_t size);
  bool poll();
  void wait();

 private:
  const Communicator& comm_;
  std::vector<MPI_Request> requests_;
};
}  // namespace detail

/// Nonblocking element-wise sums over ranks, in place. All ranks start the same arrays in the same order; an array must
/// not be accessed between its start() and wait(). MPI makes progress only inside calls, so poll() should be called
/// regularly. The result is identical on every rank but depends in the last digits on the number of ranks. No-op on one
/// rank. wait() is collective like the sums; throws mpi::Error if an MPI call fails.
template <class T>
class NonblockingSum {
 public:
  explicit NonblockingSum(const Communicator& comm) : reductions_(comm) {}
  void start(std::span<T> values) {
    reductions_.start(values.data(), static_cast<Index>(values.size()), datatype<T>(), sizeof(T));
  }
  /// Whether all sums have completed.
  bool poll() { return reductions_.poll(); }
  void wait() { reductions_.wait(); }

 private:
  detail::NonblockingReductions reductions_;
};

}  // namespace replearn::mpi
