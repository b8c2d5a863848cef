#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "mpi/communicator.hpp"
#include "mpi/datatype.hpp"

namespace replearn::mpi {

namespace detail {
/// A transfer in the ring: sends bytes to the right neighbor and receives from the left.
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

/// Passes the array of every rank to each rank once, starting with its own; the next transfer overlaps with the work on
/// the current array. With 3 ranks holding a, b, c:
///
///     visit      rank 0   rank 1   rank 2
///       0          a        b        c
///       1          c        a        b        (each block has moved one to the right)
///       2          b        c        a
///
///     Ring<float> ring(comm, mine);
///     do work(ring.owner(), ring.block());     // call ring.poll() regularly: MPI makes progress only inside calls
///     while (ring.advance());
///
/// Symmetric work on pairs of arrays may stop halfway: after visits 0 to p / 2 every pair of ranks has been visited
/// once, except that for even p the pairs p / 2 apart are visited by both ranks at the last visit. Cost: visits - 1
/// messages per rank, each with a whole array; memory: two of the largest arrays beside the local one. All ranks must
/// complete all visits or leave at the same one (a collective error: mpi::run_collectively). Arrays may be empty and of
/// different lengths.
template <Sendable T>
class Ring {
 public:
  Ring(const Communicator& comm, std::span<const T> mine) : Ring(comm, mine, comm.size()) {}
  /// Makes only the first `visits` visits, 1 to p.
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

  /// Owner of the array `block()`.
  int owner() const { return owner_; }
  std::span<const T> block() const {
    return visits_ == 0 ? mine_ : std::span<const T>(now_.data(), static_cast<std::size_t>(count(owner_)));
  }
  /// Advances the transfer.
  void poll() { transfer_.poll(); }
  /// Moves to the next array; false after the last.
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
  Index count(int rank) const { return counts_[rank]; }
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
