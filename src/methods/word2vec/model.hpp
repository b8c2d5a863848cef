#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/word2vec/options.hpp"
#include "methods/word2vec/parts.hpp"
#include "mpi/node_shared_array.hpp"

namespace replearn::word2vec {

/// The matrices, one copy for all ranks of `node`, in their shared memory. Rows start on cache lines and are padded
/// with zeros (LogisticUpdates::stride_of). Memory of the node: 4 stride bytes for each row of each part.
class Model {
 public:
  /// Zeros. All ranks of node, which must outlive it.
  Model(const mpi::Communicator& node, Index words, const Options& options);

  Index words() const { return words_; }
  Index columns() const { return columns_; }
  Index stride() const { return stride_; }
  const std::vector<Part>& parts() const { return parts_; }
  Index rows(Part part) const { return part == Part::inner ? words_ - 1 : words_; }
  float* row(Part part, Index i) const { return start_[static_cast<std::size_t>(part)] + i * stride_; }

  /// The input rows as drawn_rows() has them. Ranks share the work. All ranks of the node.
  void start(const Options& options);
  /// Makes rows from `begin` on of a part these, which have no padding. Local.
  void write(Part part, Index begin, const RowMatrix& rows);
  /// Makes what each rank of the node wrote visible to all. All ranks of the node.
  void synchronize() const { memory_.synchronize(); }

 private:
  const mpi::Communicator& node_;
  Index words_, columns_, stride_;
  std::vector<Part> parts_;
  mpi::NodeSharedArray<float> memory_;
  float* start_[3] = {};
};

/// Bytes that a model takes, of each node.
double model_bytes(Index words, const Options& options);

}  // namespace replearn::word2vec
