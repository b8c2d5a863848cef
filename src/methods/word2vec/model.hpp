#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/word2vec/options.hpp"
#include "methods/word2vec/parts.hpp"
#include "mpi/node_shared_array.hpp"

namespace replearn::word2vec {

/// The parameter matrices, one copy in the shared memory of all ranks of `node`. Rows are aligned to cache lines and
/// zero-padded (LogisticUpdates::stride_of). Memory per node: 4 stride bytes for each row of each part.
class Model {
 public:
  /// Initialized to zero. All ranks of node, which must outlive it.
  Model(const mpi::Communicator& node, Index words, const Options& options);

  Index words() const { return words_; }
  Index columns() const { return columns_; }
  Index stride() const { return stride_; }
  const std::vector<Part>& parts() const { return parts_; }
  Index rows(Part part) const { return part == Part::inner ? words_ - 1 : words_; }
  float* row(Part part, Index i) const { return start_[static_cast<std::size_t>(part)] + i * stride_; }

  /// Initializes the input rows as drawn_rows(), in parallel. All ranks of the node.
  void start(const Options& options);
  /// Overwrites rows of a part from `begin` on by unpadded rows. Local.
  void write(Part part, Index begin, const RowMatrix& rows);
  /// Makes the writes of each rank visible to all ranks of the node. All ranks of the node.
  void synchronize() const { memory_.synchronize(); }

 private:
  const mpi::Communicator& node_;
  Index words_, columns_, stride_;
  std::vector<Part> parts_;
  mpi::NodeSharedArray<float> memory_;
  float* start_[3] = {};
};

/// Memory of a model in bytes per node.
double model_bytes(Index words, const Options& options);

}  // namespace replearn::word2vec
