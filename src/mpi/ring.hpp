#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "mpi/communicator.hpp"
#include "mpi/datatype.hpp"

namespace replearn::mpi {

namespace detail {
/// Bytes on their way round the ring: out to the right neighbor, in from the left.
class RingTransfer {
 public:
  RingTransfer(const Communicator& comm) : comm_(comm) {}
  ~RingTransfer();
  RingTransfer(const RingTransfer&) = delete;
  RingTransfer& operator=(const RingTransfer&) = delete;
  void start(const void* out, Index out_bytes, void* in, Index in_bytes);
  void poll();
  void wait();

 private:
  const Communicator& comm_;
  std::vector<MPI_Request> requests_;
};
std::vector<Index> counts_of_all_ranks(const Communicator&, Index mine);
}  // namespace detail

/// Shows each rank every rank's array once, its own first, the next transfer overlapped with work on this one.
/// With 3 ranks holding a, b, c:
///
///     visit      rank 0   rank 1   rank 2
///       0          a        b        c
///       1          c        a        b        (each block has moved one to the right)
///       2          b        c        a
///
///     Ring<float> ring(comm, mine);
///     do work(ring.owner(), ring.block());     // call ring.poll() now and then: MPI moves data only inside calls
///     while (ring.advance());
///
/// Work on pairs of arrays that serves both may stop half-way round: after visits 0 to p / 2 every pair of ranks has
/// met, once, but for p even those p / 2 apart, which meet on both sides at the last visit.
/// Cost: visits - 1 messages a rank, the whole array sent on as often; memory: two of the largest blocks beside mine.
/// All ranks; each goes through all visits, or all leave at the same one (an error that they share:
/// mpi::run_collectively). Arrays may be empty and of different lengths.
template <Movable T>
class Ring {
 public:
  Ring(const Communicator& comm, std::span<const T> mine) : Ring(comm, mine, comm.size()) {}
  /// The same for the first `visits` of them, 1 to p.
  Ring(const Communicator& comm, std::span<const T> mine, int visits)
      : comm_(comm),
        visits_wanted_(visits),
        counts_(detail::counts_of_all_ranks(comm, static_cast<Index>(mine.size()))),
        transfer_(comm),
        owner_(comm.rank()),
        mine_(mine) {
    if (visits > 1) {
      const auto largest = static_cast<std::size_t>(*std::max_element(counts_.begin(), counts_.end()));
      next_.resize(largest);
      now_.resize(largest);
      send_on();
    }
  }

  /// Whose array `block()` is.
  int owner() const { return owner_; }
  std::span<const T> block() const {
    return visits_ == 0 ? mine_ : std::span<const T>(now_.data(), static_cast<std::size_t>(count(owner_)));
  }
  /// Moves the transfer along.
  void poll() { transfer_.poll(); }
  /// Goes on to the next array; false when all have been seen.
  bool advance() {
    if (++visits_ >= visits_wanted_) return false;
    transfer_.wait();
    std::swap(now_, next_);
    owner_ = left_of(owner_);
    if (visits_ + 1 < visits_wanted_) send_on();
    return true;
  }

 private:
  int left_of(int rank) const { return (rank + comm_.size() - 1) % comm_.size(); }
  Index count(int rank) const { return counts_[static_cast<std::size_t>(rank)]; }
  void send_on() {
    const auto out = block();
    transfer_.start(out.data(), static_cast<Index>(out.size_bytes()), next_.data(),
                    count(left_of(owner_)) * static_cast<Index>(sizeof(T)));
  }

  const Communicator& comm_;
  int visits_wanted_;
  std::vector<Index> counts_;
  std::vector<T> now_, next_;
  detail::RingTransfer transfer_;  // after the buffers: destroyed first
  int owner_;
  int visits_ = 0;
  std::span<const T> mine_;
};

}  // namespace replearn::mpi
