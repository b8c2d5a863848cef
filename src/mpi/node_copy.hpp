#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "mpi/collectives.hpp"
#include "mpi/node_shared_array.hpp"

namespace replearn::mpi {

/// Constant values computed by the first rank of a node and read by all its ranks: one copy per node. Copies of a
/// NodeCopy share it; the last is destroyed collectively by all ranks of the node.
template <Sendable T>
class NodeCopy {
 public:
  NodeCopy() = default;
  /// on_root: used on the first rank of the node, ignored on others. All ranks of node, which must outlive it.
  NodeCopy(const Communicator& node, const std::vector<T>& on_root) {
    const Index size = broadcast(node, static_cast<Index>(on_root.size()));
    if (size == 0) return;
    memory_ = std::make_shared<NodeSharedArray<T>>(node, size);
    if (node.is_root()) std::copy(on_root.begin(), on_root.end(), memory_->values().begin());
    memory_->synchronize();
    values_ = memory_->values();
  }
  std::span<const T> values() const { return values_; }
  std::size_t size() const { return values_.size(); }
  const T& operator[](std::size_t i) const { return values_[i]; }

 private:
  std::shared_ptr<NodeSharedArray<T>> memory_;
  std::span<const T> values_;
};

}  // namespace replearn::mpi
