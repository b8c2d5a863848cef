#pragma once
#include <algorithm>
#include <optional>

#include "mpi/collectives.hpp"
#include "mpi/error.hpp"
#include "mpi/node_shared_array.hpp"
#include "mpi/sum_in_flight.hpp"
#include "nn/clipping.hpp"
#include "nn/parameters.hpp"

namespace replearn::nn {

/// Who holds the summed gradient: every rank all of it; or each rank of a node a part, which it makes the step of for
/// all of them (as ZeRO deals the optimizer's state, Rajbhandari et al. 2020).
enum class Sharding { replicated, sharded };

/// Sums a model's flat gradient over ranks:
///
///     backward of the last layer;     sum.start(last.whole());
///     backward of the one before;     sum.start(before.whole());
///     ...
///     sum.wait();                     mine() of the gradient is summed
///     change mine() of the values;
///     sum.publish();                  every rank has all new values
///
/// With Sharding::replicated, or where a rank is alone on some node or a node has no shared memory to give, mine() is
/// the whole array, and sums are under way while backward is still at work on earlier layers. Else the ranks of a node
/// have one copy of the values, in a window that each sees, and each adds up its part of their gradients, straight from
/// where they lie; parts go on to the other nodes, each to its like. That is a fraction of the memory traffic, and of
/// the messages between nodes.
///
/// Pieces are started by all ranks in the same order, each once a step, and not written to until wait(). The sum is in
/// float32 in an order that follows the number of ranks and nodes: see README.md for what that means. Small pieces are
/// put together with the next ones, down to `least` numbers a message. Made and destroyed by all ranks; parameters must
/// outlive it and keep their place.
template <class Scalar>
class GradientSum {
 public:
  GradientSum(const mpi::Communicator& comm, Parameters<Scalar>& parameters, Sharding sharding = Sharding::replicated,
              Index least = 1 << 14)
      : parameters_(parameters), least_(least), mine_{0, 1, parameters.size()} {
    if (sharding == Sharding::sharded && comm.size() > 1) shard_over_node(comm);
    sum_.emplace(peers_ ? *peers_ : comm);
  }
  ~GradientSum() {
    if (window_) parameters_.detach();
  }
  GradientSum(const GradientSum&) = delete;
  GradientSum& operator=(const GradientSum&) = delete;

  /// The part of the array that this rank sums and steps.
  const Slice& mine() const { return mine_; }
  std::span<Scalar> my_values() { return mine_of(parameters_.values()); }
  std::span<const Scalar> my_gradients() const { return mine_of(std::as_const(parameters_).gradients()); }
  /// Of another array as long as the parameters.
  template <class T>
  std::span<T> mine_of(std::span<T> whole) const {
    return part(whole, mine_);
  }

  /// A finished piece; pieces come from the end of the array to its beginning, without gaps between them.
  void start(const Slice& piece) {
    if (window_) return;
    if (pending_.size() == 0)
      pending_ = piece;
    else
      pending_ = {piece.offset, 1, pending_.end() - piece.offset};
    if (pending_.size() >= least_) flush();
    sum_->poll();
  }
  /// Moves what is under way along; to be called now and then between pieces of work.
  void poll() { sum_->poll(); }
  void wait() {
    if (window_) {
      window_->synchronize();
      add_up_node();
      pending_ = mine_;
    }
    flush();
    sum_->wait();
  }
  void publish() {
    if (window_) window_->synchronize();
  }

  /// What every rank of a node has a part of, mine() each, put together. All ranks.
  std::vector<Scalar> whole(std::span<const Scalar> mine) const {
    if (!window_) return {mine.begin(), mine.end()};
    return mpi::all_gather_v(*node_, mine);
  }
  /// The other way: my part of an array as long as the parameters; of an empty one nothing. Local.
  void take_mine(const std::vector<Scalar>& whole, std::vector<Scalar>& mine) const {
    if (whole.empty()) return;
    const auto from = mine_of(std::span<const Scalar>(whole));
    mine.assign(from.begin(), from.end());
  }
  std::vector<Scalar> whole_gradient() const { return whole(my_gradients()); }
  /// Of the summed gradient, the same bits on all ranks. All ranks.
  double squared_norm() const {
    const double mine = nn::squared_norm(my_gradients());
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

  /// The window: values, then each rank's gradients. Nodes may be of different size: there are as many parts as the
  /// smallest has ranks, and ranks beyond that have an empty one.
  void shard_over_node(const mpi::Communicator& comm) {
    node_.emplace(comm.node());
    const Index parts = mpi::all_reduce(comm, Index{node_->size()}, mpi::Reduction::min);
    if (parts == 1) return node_.reset();
    const Index n = parameters_.size();
    const auto begin = [&](Index k) { return std::min(n, line * (ceil_div(n, line) * std::min(k, parts) / parts)); };
    mine_ = {begin(node_->rank()), 1, begin(node_->rank() + 1) - begin(node_->rank())};
    peers_.emplace(comm.split(static_cast<int>(std::min<Index>(node_->rank(), parts))));
    const Index stride = line * ceil_div(n, line);
    try {
      window_.emplace(*node_, stride * (1 + node_->size()) + line);
    } catch (const mpi::Error&) {  // no shared memory to be had, of a container with a small /dev/shm say
    }
    if (!mpi::agree(comm, window_.has_value())) {
      window_.reset(), peers_.reset(), node_.reset();
      mine_ = {0, 1, n};
      return;
    }
    auto all = window_->values();
    // Its address is another on each rank; all begin where root's has a whole number of lines.
    const auto of_root = mpi::broadcast(*node_, reinterpret_cast<std::uintptr_t>(all.data()));
    const auto off = of_root % (line * sizeof(Scalar)) / sizeof(Scalar);
    all = all.subspan(off == 0 ? 0 : static_cast<std::size_t>(line) - off);
    const auto place = [&](Index k) {
      return all.subspan(static_cast<std::size_t>(k * stride), static_cast<std::size_t>(n));
    };
    for (int r = 0; r < node_->size(); ++r) gradients_.push_back(place(1 + r));
    parameters_.attach(place(0), gradients_[static_cast<std::size_t>(node_->rank())]);
    window_->synchronize();
  }

  void add_up_node() {
    const auto to = part(parameters_.gradients(), mine_);
    for (int r = 0; r < node_->size(); ++r) {
      if (r == node_->rank()) continue;
      const auto from = part(gradients_[static_cast<std::size_t>(r)], mine_);
#pragma omp simd
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
    }
  }

  void flush() {
    if (pending_.size() == 0) return;
    sum_->start(part(parameters_.gradients(), pending_));
    pending_ = {};
  }

  static constexpr Index line = 64;  ///< parts and arrays begin at cache lines

  Parameters<Scalar>& parameters_;
  Index least_;
  Slice mine_, pending_;
  std::optional<mpi::Communicator> node_, peers_;
  std::optional<mpi::NodeSharedArray<Scalar>> window_;
  std::vector<Span> gradients_;  ///< of each rank of the node
  std::optional<mpi::SumInFlight<Scalar>> sum_;
};

}  // namespace replearn::nn
