#pragma once
#include <cstdint>
#include <vector>

#include "data/sparse_rows.hpp"
#include "mpi/communicator.hpp"

namespace replearn::umap {

/// A bijective scrambling of 64 bits (the finalizer of SplitMix64: Steele, Lea and Flood 2014, "Fast splittable
/// pseudorandom number generators"): numbers at (key, counter), cheaper than RandomStream.
inline std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}
/// A number for the ordered pair (i, j) of n points.
inline std::uint64_t number_of_pair(std::uint64_t key, std::uint64_t i, std::uint64_t j, std::uint64_t n) {
  return scramble(key + (i * n + j) * 0x9e3779b97f4a7c15u);
}

/// The largest weight. Throws InputError unless the graph is square, has an edge, and its weights are finite and not
/// negative. All ranks.
float largest_weight(const mpi::Communicator& comm, const SparseRows& graph);

/// A sample of an edge: a local row and the point at the other end. The row is the head of the edge, which also moves
/// away from other points, or its tail.
struct EdgeSample {
  std::int32_t row, other;
  bool is_head;
};

/// Samples of the edges of a graph. In umap-learn an edge of weight w is sampled w / w_max times per epoch, at even
/// intervals; so it is here, in both directions, each with its own offset drawn by (seed, i, j). An epoch is divided
/// into parts by time, so that a point has few samples in each.
///
/// Both ends find a sample on their own, from the same weight and offset: no rank needs to tell another.
class EdgeSampler {
 public:
  static constexpr std::size_t parts = 16;

  /// graph: symmetric n x n, weights >= 0, at least one > 0. Edges that would not be sampled in all epochs together are
  /// dropped, as in umap-learn. Collective.
  EdgeSampler(const mpi::Communicator& comm, SparseRows graph, Index epochs, std::uint64_t seed);

  Index points() const { return graph_.rows(); }
  /// The samples of an epoch with an end in the local rows, by part, in order of the rows. Local. Cost: one hash per
  /// edge and direction.
  const std::vector<std::vector<EdgeSample>>& draw(Index epoch);

 private:
  SparseRows graph_;  // its values are the samples per epoch, w / w_max
  std::uint64_t key_;
  std::vector<std::vector<EdgeSample>> samples_;
};

}  // namespace replearn::umap
