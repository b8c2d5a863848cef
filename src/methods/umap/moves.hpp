#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/umap/edge_sampler.hpp"
#include "methods/umap/options.hpp"

namespace replearn::umap {

/// What the moves of an epoch depend on.
struct MoveParameters {
  float a, b, repulsion, rate;
  Index negatives;
  std::uint64_t key;  ///< of the negative samples
};

/// The moves of the points in one epoch, see Run.
class Moves {
 public:
  Moves(const Options& options, float rate, Index epoch);

  /// Adds to the local rows of `mine` the moves of their samples, in order. points: all n x q, before the moves. Local.
  /// Pairs in float32; the negative samples of (epoch, i, j) are the same wherever row i is.
  void apply(const std::vector<EdgeSample>& samples, Eigen::Map<const RowMatrix> points, Index first_row,
             RowMatrix& mine) const;

 private:
  MoveParameters parameters_;
};

}  // namespace replearn::umap
