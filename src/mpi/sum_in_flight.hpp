#pragma once
#include <span>
#include <vector>

#include "mpi/communicator.hpp"
#include "mpi/datatype.hpp"

namespace replearn::mpi {

namespace detail {
class ReductionsInFlight {
 public:
  explicit ReductionsInFlight(const Communicator& comm) : comm_(comm) {}
  ~ReductionsInFlight();
  ReductionsInFlight(const ReductionsInFlight&) = delete;
  ReductionsInFlight& operator=(const ReductionsInFlight&) = delete;
  void start(void* data, Index count, MPI_Datatype type, std::size_t size);
  bool poll();
  void wait();

 private:
  const Communicator& comm_;
  std::vector<MPI_Request> requests_;
};
}  // namespace detail

/// Sums over ranks, element by element and in place, that go on while the caller works. All ranks start the same
/// arrays in the same order; an array is not touched between its start() and wait(). MPI moves data only inside calls:
/// poll() now and then lets it. On every rank the same bits; on another number of ranks others in the last digits.
/// On one rank nothing is done. wait() is collective like the sums; throws mpi::Error when MPI does.
template <class T>
class SumInFlight {
 public:
  explicit SumInFlight(const Communicator& comm) : reductions_(comm) {}
  void start(std::span<T> values) {
    reductions_.start(values.data(), static_cast<Index>(values.size()), datatype<T>(), sizeof(T));
  }
  /// True when no sum is under way any more.
  bool poll() { return reductions_.poll(); }
  void wait() { reductions_.wait(); }

 private:
  detail::ReductionsInFlight reductions_;
};

}  // namespace replearn::mpi
