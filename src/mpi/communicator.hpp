#pragma once
#include <mpi.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/index.hpp"
#include "base/shares.hpp"

namespace replearn::mpi {

/// Traffic of this rank through a communicator and those split from it. For the timing table.
struct Traffic {
  double bytes_sent = 0;  ///< payload this rank puts on the wire in the textbook algorithm of each collective
  /// Bytes of these sent to other nodes: exact if the destination is known, else assuming an even distribution over the
  /// other ranks.
  double bytes_between_nodes = 0;
  double seconds = 0;  ///< time inside MPI, waiting included
  Index calls = 0;
};

/// Owns one MPI communicator. Move-only: a copy would be a hidden collective. Passed as `const Communicator&`.
class Communicator {
 public:
  /// A duplicate of MPI_COMM_WORLD. Collective over all ranks.
  static Communicator world();
  /// A duplicate of a communicator supplied by a library user. Collective over its ranks.
  static Communicator duplicate(MPI_Comm theirs);

  Communicator(Communicator&&) noexcept;
  Communicator& operator=(Communicator&&) noexcept;
  ~Communicator();

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }

  /// The ranks of the same color, ordered by rank. Collective.
  Communicator split(int color) const;
  /// The ranks that share this one's memory. Collective.
  Communicator node() const;

  /// For use in mpi/ and io/hdf5/hdf5_file only.
  MPI_Comm raw() const { return raw_; }
  Traffic& traffic() const { return shared_->traffic; }
  /// Counts a call that sends these bytes evenly to the other ranks, or to one of them.
  void count_sent(double bytes) const;
  void count_sent(double bytes, int to) const;
  /// Node of a rank, identified by its lowest rank in the communicator from which this one was originally split.
  int node_of(int rank) const { return nodes_[rank]; }

  /// Distribution of work and rows over the ranks, used by all distributed objects. Initially equal; must be set to the
  /// same value on all ranks before anything is distributed. Communicators split later inherit the shares of their
  /// ranks.
  const Shares& shares() const { return shares_; }
  void set_shares(Shares shares) const { shares_ = std::move(shares); }

  /// Maximum number of elements per MPI call; longer arrays are divided. Tests lower it to exercise this.
  Index message_limit() const { return shared_->message_limit; }
  void set_message_limit(Index elements) const { shared_->message_limit = elements; }

 private:
  struct Shared {
    Traffic traffic;
    Index message_limit = Index{1} << 30;
  };
  Communicator(MPI_Comm owned, std::shared_ptr<Shared> shared, int my_node);
  Communicator part_of(MPI_Comm raw) const;
  void release() noexcept;

  MPI_Comm raw_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
  std::vector<int> nodes_;  // by rank
  mutable Shares shares_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace replearn::mpi
