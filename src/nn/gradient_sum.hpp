#pragma once
#include <algorithm>
#include <optional>

#include "mpi/collectives.hpp"
#include "mpi/error.hpp"
#include "mpi/node_shared_array.hpp"
#include "mpi/nonblocking_sum.hpp"
#include "nn/clipping.hpp"
#include "nn/parameters.hpp"

namespace replearn::nn {

/// Distribution of the summed gradient: replicated on every rank; or sharded over the ranks of a node, each of which
/// updates its shard for all of them (like ZeRO's optimizer state, Rajbhandari et al. 2020).
enum class Sharding { replicated, sharded };

/// Sums a model's flat gradient over ranks:
///
///     backward of the last layer;     sum.start(last.whole());
///     backward of the one before;     sum.start(before.whole());
///     ...
///     sum.wait();                     shard() of the gradient is summed
///     change shard() of the values;
///     sum.publish();                  every rank has all new values
///
/// With Sharding::replicated, or if some node has only one rank or no shared memory available, shard() is the whole
/// array, and the sums overlap with the backward pass of earlier layers. Otherwise the ranks of a node share one copy
/// of the values in a shared-memory window; each rank sums its shard of their gradients in place and then exchanges it
/// with its peers on the other nodes. This takes a fraction of the memory traffic and of the messages between nodes.
///
/// All ranks start the pieces in the same order, each once per step, and must not write to them until wait(). Sums are
/// in float32 in an order that depends on the numbers of ranks and nodes; see README.md for the consequences. Small
/// pieces are merged into messages of at least min_message_elements numbers. Constructed and destroyed by all ranks;
/// parameters must outlive it and must not be reallocated.
template <class Scalar>
class GradientSum {
 public:
  GradientSum(const mpi::Communicator& comm, Parameters<Scalar>& parameters, Sharding sharding = Sharding::replicated,
              Index min_message_elements = 1 << 14)
      : parameters_(parameters), min_message_elements_(min_message_elements), shard_{0, 1, parameters.size()} {
    if (sharding == Sharding::sharded && comm.size() > 1) shard_over_node(comm);
    sum_.emplace(peers_ ? *peers_ : comm);
  }
  ~GradientSum() {
    if (window_) parameters_.detach();
  }
  GradientSum(const GradientSum&) = delete;
  GradientSum& operator=(const GradientSum&) = delete;

  /// The slice of the array that this rank sums and updates.
  const Slice& shard() const { return shard_; }
  std::span<Scalar> shard_values() { return shard_of(parameters_.values()); }
  std::span<const Scalar> shard_gradients() const { return shard_of(std::as_const(parameters_).gradients()); }
  /// This slice of another array of the same length.
  template <class T>
  std::span<T> shard_of(std::span<T> whole) const {
    return part(whole, shard_);
  }

  /// Starts the sum of a completed piece; pieces must be contiguous, from the end of the array to its beginning.
  void start(const Slice& piece) {
    if (window_) return;
    if (pending_.size() == 0)
      pending_ = piece;
    else
      pending_ = {piece.offset, 1, pending_.end() - piece.offset};
    if (pending_.size() >= min_message_elements_) flush();
    sum_->poll();
  }
  /// Advances pending sums; should be called regularly during computation.
  void poll() { sum_->poll(); }
  void wait() {
    if (window_) {
      window_->synchronize();
      add_up_node();
      pending_ = shard_;
    }
    flush();
    sum_->wait();
  }
  void publish() {
    if (window_) window_->synchronize();
  }

  /// Gathers the slices shard() of all ranks into the whole array. All ranks.
  std::vector<Scalar> gather_shards(std::span<const Scalar> mine) const {
    if (!window_) return {mine.begin(), mine.end()};
    return mpi::all_gather_v(*node_, mine);
  }
  /// The inverse: copies this rank's slice of a whole array; does nothing for an empty one. Local.
  void extract_shard(const std::vector<Scalar>& whole, std::vector<Scalar>& mine) const {
    if (whole.empty()) return;
    const auto from = shard_of(std::span<const Scalar>(whole));
    mine.assign(from.begin(), from.end());
  }
  std::vector<Scalar> whole_gradient() const { return gather_shards(shard_gradients()); }
  /// Squared norm of the summed gradient, bitwise identical on all ranks. All ranks.
  double squared_norm() const {
    const double mine = nn::squared_norm(shard_gradients());
    if (!window_) return mine;
    double sum = 0;
    for (const double part : mpi::all_gather(*node_, mine)) sum += part;
    return sum;
  }

 private:
  using Span = std::span<Scalar>;

  template <class T>
  static std::span<T> part(std::span<T> all, const Slice& slice) {
    return all.subspan(static_cast<std::size_t>(slice.offset), static_cast<std::size_t>(slice.size()));
  }

  /// Layout of the window: values, then the gradients of each rank. Nodes may differ in size: the number of shards is
  /// that of the ranks of the smallest node; excess ranks have an empty shard.
  void shard_over_node(const mpi::Communicator& comm) {
    node_.emplace(comm.node());
    const Index parts = mpi::all_reduce(comm, Index{node_->size()}, mpi::Reduction::min);
    if (parts == 1) return node_.reset();
    const Index n = parameters_.size();
    const auto begin = [&](Index k) {
      return std::min(n, alignment * (ceil_div(n, alignment) * std::min(k, parts) / parts));
    };
    shard_ = {begin(node_->rank()), 1, begin(node_->rank() + 1) - begin(node_->rank())};
    peers_.emplace(comm.split(static_cast<int>(std::min<Index>(node_->rank(), parts))));
    const Index stride = alignment * ceil_div(n, alignment);
    try {
      window_.emplace(*node_, stride * (1 + node_->size()) + alignment);
    } catch (const mpi::Error&) {  // no shared memory available, e.g. in a container with a small /dev/shm
    }
    if (!mpi::agree(comm, window_.has_value())) {
      window_.reset(), peers_.reset(), node_.reset();
      shard_ = {0, 1, n};
      return;
    }
    auto all = window_->values();
    // The address differs between ranks; all start where root's address is aligned to a cache line.
    const auto of_root = mpi::broadcast(*node_, reinterpret_cast<std::uintptr_t>(all.data()));
    const auto off = of_root % (alignment * sizeof(Scalar)) / sizeof(Scalar);
    all = all.subspan(off == 0 ? 0 : static_cast<std::size_t>(alignment) - off);
    const auto place = [&](Index k) {
      return all.subspan(static_cast<std::size_t>(k * stride), static_cast<std::size_t>(n));
    };
    for (int r = 0; r < node_->size(); ++r) gradients_.push_back(place(1 + r));
    parameters_.attach(place(0), gradients_[node_->rank()]);
    window_->synchronize();
  }

  void add_up_node() {
    const auto to = part(parameters_.gradients(), shard_);
    for (int r = 0; r < node_->size(); ++r) {
      if (r == node_->rank()) continue;
      const auto from = part(gradients_[r], shard_);
#pragma omp simd
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
    }
  }

  void flush() {
    if (pending_.size() == 0) return;
    sum_->start(part(parameters_.gradients(), pending_));
    pending_ = {};
  }

  static constexpr Index alignment = 64;  ///< elements; shards and arrays start at multiples, hence at cache lines

  Parameters<Scalar>& parameters_;
  Index min_message_elements_;
  Slice shard_, pending_;
  std::optional<mpi::Communicator> node_, peers_;
  std::optional<mpi::NodeSharedArray<Scalar>> window_;
  std::vector<Span> gradients_;  ///< of each rank of the node
  std::optional<mpi::NonblockingSum<Scalar>> sum_;
};

}  // namespace replearn::nn
