#pragma once
#include <memory>

#include "base/log.hpp"
#include "data/named_arrays.hpp"
#include "data/sparse_rows.hpp"
#include "methods/progress.hpp"
#include "methods/umap/options.hpp"

namespace replearn::umap {

/// Scales initial points as umap-learn does: each dimension to [0, 10], and adds normal noise of 1e-4, drawn by
/// (seed, row), which separates equal points. start: n x q, such as spectral_start or principal components. All ranks.
DistributedMatrix scaled_start(const mpi::Communicator& comm, const DistributedMatrix& start, std::uint64_t seed);
/// Uniform in [-10, 10), drawn by (seed, row). Local.
DistributedMatrix random_start(const RowPartition& partition, int rank, Index dimensions, std::uint64_t seed);

/// UMAP (McInnes, Healy and Melville 2018, "UMAP: Uniform Manifold Approximation and Projection", algorithm 5) of a
/// graph, as a computation that runs up to epoch N. Points at the ends of a sampled edge attract each other, and the
/// head of the edge moves away from negative_sample_rate points drawn at random:
///
///     attraction  -2 a b d^(2b-2) / (1 + a d^2b) (y_i - y_j),    repulsion  2 g b / ((0.001 + d^2)(1 + a d^2b)) (y_i - y_k),
///
/// each coordinate of a move at most 4, times a learning rate that falls linearly to 0.
///
/// umap-learn applies the samples one after the other. Here an epoch is divided into 16 parts (EdgeSampler), and all
/// moves of a part start from the points at its beginning. So the map does not depend on the number of ranks, to the
/// bit.
///
/// Cost per epoch: 1 + negative_sample_rate interactions per head and one per tail of a sample; a hash per edge and
/// direction; 16 exchanges of 4 n q bytes to each node. Seconds: README.md.
class Run {
 public:
  /// graph: as by neighbors::connectivities (n x n, symmetric). start: n x q, used as it is. All ranks; comm must
  /// outlive it. Throws InputError for options, a graph or a start that do not fit.
  Run(const mpi::Communicator& comm, SparseRows graph, const DistributedMatrix& start, const Options& options);
  ~Run();
  Run(Run&&) noexcept;

  /// Runs up to epoch `step`. All ranks. Throws InputError if the points are no longer finite.
  void run_until(Index step);
  Index step() const;
  Index steps() const;
  bool done() const { return step() >= steps(); }
  /// The loss is not computed.
  Progress progress() const;
  /// n x q.
  DistributedMatrix points() const;

  /// State for a checkpoint between two epochs: epoch, points.
  NamedArrays arrays();
  /// Continues from the restored arrays(). All ranks.
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::umap
