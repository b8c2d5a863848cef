#pragma once
#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "mpi/node_shared_array.hpp"

namespace replearn::mpi {

namespace detail {
/// The type-independent part of NodeGather.
class NodeExchange {
 public:
  NodeExchange(const Communicator& comm, Communicator node);
  /// Exchanges data between the node leaders; all: the node's window.
  void between_nodes(char* all, const std::vector<Index>& bytes_of_rank);
  const Communicator& node() const { return node_; }
  bool has_several_nodes() const { return ranks_of_.size() > 1; }
  void count_written(double bytes) const;

 private:
  const Communicator& comm_;
  Communicator node_;
  std::optional<Communicator> leaders_;     // on the first rank of each node
  std::vector<std::vector<int>> ranks_of_;  // by node, in the order of the leaders
};
}  // namespace detail

/// All-gather into one array per node instead of one per rank. Each rank writes its part into the window of its node;
/// the first rank of each node, its leader, fetches the parts of the other nodes, so each part is sent once to each
/// node.
///
///     gather.begin();                      // no rank reads the previous values any more
///     write the local part of gather.values();
///     gather.finish(counts);               // all parts are present
///
/// All ranks, in the same order.
template <Sendable T>
class NodeGather {
 public:
  /// comm must outlive it.
  explicit NodeGather(const Communicator& comm) : NodeGather(comm, comm.node()) {}
  /// Uses other groups of ranks than nodes, for tests: each a subset of the ranks of a node.
  NodeGather(const Communicator& comm, Communicator node) : comm_(comm), exchange_(comm, std::move(node)) {}
  NodeGather(const NodeGather&) = delete;
  NodeGather& operator=(const NodeGather&) = delete;

  /// Resizes to `size` elements in total. Values are undefined.
  void resize(Index size) {
    if (!window_ || size > capacity_) {
      window_.reset();
      window_ = std::make_unique<NodeSharedArray<T>>(exchange_.node(), size);
      capacity_ = size;
    }
    size_ = size;
  }
  /// The values of all ranks, concatenated.
  std::span<T> values() { return window_->values().first(static_cast<std::size_t>(size_)); }
  std::span<const T> values() const { return window_->values().first(static_cast<std::size_t>(size_)); }

  void begin() { window_->synchronize(); }
  /// counts[r]: elements of rank r.
  void finish(const std::vector<Index>& counts) {
    std::vector<Index> bytes(counts);
    for (auto& count : bytes) count *= static_cast<Index>(sizeof(T));
    exchange_.count_written(static_cast<double>(bytes[comm_.rank()]));
    window_->synchronize();
    if (!exchange_.has_several_nodes()) return;
    exchange_.between_nodes(reinterpret_cast<char*>(window_->values().data()), bytes);
    window_->synchronize();
  }
  /// begin() and finish(), copying the local part from `mine`.
  void gather(std::span<const T> mine, const std::vector<Index>& counts) {
    begin();
    gather_unread(mine, counts);
  }
  /// The same if it is known that no rank reads the previous values any more.
  void gather_unread(std::span<const T> mine, const std::vector<Index>& counts) {
    Index before = 0;
    for (int r = 0; r < comm_.rank(); ++r) before += counts[r];
    std::copy(mine.begin(), mine.end(), values().begin() + before);
    finish(counts);
  }

 private:
  const Communicator& comm_;
  detail::NodeExchange exchange_;
  std::unique_ptr<NodeSharedArray<T>> window_;
  Index size_ = 0, capacity_ = 0;
};

}  // namespace replearn::mpi
