#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/umap/edge_sampler.hpp"
#include "methods/umap/options.hpp"

namespace replearn::umap {

/// The moves of the points in one epoch, see Run.
class Moves {
 public:
  Moves(const Options& options, float rate, Index epoch);

  /// Moves the local rows of `mine` by their samples, in order. points: all n x q, unchanged. Local. Pairs in float32;
  /// the negative samples of (epoch, i, j) are the same wherever row i is.
  void apply(const std::vector<EdgeSample>& samples, Eigen::Map<const RowMatrix> points, Index first_row,
             RowMatrix& mine) const;

 private:
  /// q: dimensions, 0 if they are not known at compile time.
  template <Index q>
  void apply_in(const std::vector<EdgeSample>& samples, Eigen::Map<const RowMatrix> points, Index first_row,
                RowMatrix& mine) const;

  float a_, b_, repulsion_, rate_;
  Index negatives_;
  std::uint64_t key_;
};

}  // namespace replearn::umap
