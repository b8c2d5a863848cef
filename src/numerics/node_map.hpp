#pragma once
#include "data/distributed_matrix.hpp"
#include "mpi/node_gather.hpp"

namespace replearn {

/// All n x q points of a map (t-SNE, UMAP), stored once in the shared memory of each node.
class NodeMap {
 public:
  /// All ranks; comm must outlive it.
  NodeMap(const mpi::Communicator& comm, const RowPartition& partition, Index q)
      : counts_(partition.counts(q)), rows_(partition.rows()), q_(q), gather_(comm) {
    gather_.resize(rows_ * q_);
  }
  /// Gathers the rows of all ranks. All ranks; no rank may still be reading the previous points. Sends 4 n q bytes to
  /// each node.
  void all_gather(const RowMatrix& mine) {
    gather_.gather(std::span<const float>(mine.data(), static_cast<std::size_t>(mine.size())), counts_);
  }
  /// The same if it is known that no rank reads the previous points any more.
  void all_gather_unread(const RowMatrix& mine) {
    gather_.gather_unread(std::span<const float>(mine.data(), static_cast<std::size_t>(mine.size())), counts_);
  }
  Eigen::Map<const RowMatrix> points() const { return {gather_.values().data(), rows_, q_}; }

 private:
  std::vector<Index> counts_;
  Index rows_, q_;
  mpi::NodeGather<float> gather_;
};

}  // namespace replearn
