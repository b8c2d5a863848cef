#pragma once
#include <span>

#include "mpi/communicator.hpp"
#include "mpi/datatype.hpp"

namespace replearn::mpi {

namespace detail {
/// An MPI-3 shared-memory window over the ranks of one node.
class SharedWindow {
 public:
  SharedWindow(const Communicator& node, Index bytes);
  ~SharedWindow();
  SharedWindow(const SharedWindow&) = delete;
  SharedWindow& operator=(const SharedWindow&) = delete;
  void* data() const { return data_; }
  void synchronize() const;

 private:
  const Communicator& node_;
  MPI_Win window_ = MPI_WIN_NULL;
  void* data_ = nullptr;
};
}  // namespace detail

/// One array in shared memory, accessible to all ranks of a node: n elements per node instead of per rank. Constructed
/// and destroyed by all ranks of `node` (Communicator::node()), which must outlive it. Values are initially undefined.
/// The caller coordinates writes; synchronize() (collective over the node) makes previous writes visible to all ranks.
template <Sendable T>
class NodeSharedArray {
 public:
  NodeSharedArray(const Communicator& node, Index size)
      : window_(node, size * static_cast<Index>(sizeof(T))), size_(size) {}
  NodeSharedArray(Communicator&& node, Index size) = delete;  // the communicator must outlive the array
  std::span<T> values() const { return {static_cast<T*>(window_.data()), static_cast<std::size_t>(size_)}; }
  void synchronize() const { window_.synchronize(); }

 private:
  detail::SharedWindow window_;
  Index size_;
};

}  // namespace replearn::mpi
