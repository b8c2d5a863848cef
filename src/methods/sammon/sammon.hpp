#pragma once
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "methods/progress.hpp"
#include "numerics/blocked_distances.hpp"

namespace replearn::sammon {

struct Options {
  Index iterations = 1000;     ///< at most, those of detours counted
  double magic_factor = 0.35;  ///< MF of the paper, 0.3 to 0.4: step of the first pseudo-Newton iteration
  double tolerance = 1e-8;     ///< at rest when E has fallen by less than this share of itself over 10 iterations
  Index detours = 1;           ///< tries to find a lower rest through one dimension more
  Metric metric = Metric::euclidean;
  double distance_memory = 4e9;  ///< bytes a rank may use to keep its input distances; beyond, they are recomputed

  /// Throws InputError naming the option.
  void validate() const;
};

/// Sammon's map (J. W. Sammon 1969, "A nonlinear mapping for data structure analysis", IEEE Trans. Computers C-18):
/// points y_i whose distances d_ij come near the given d*_ij,
///
///     E = 1/c * sum_{i<j} (d*_ij - d_ij)^2 / d*_ij,     c = sum_{i<j} d*_ij.                                (1)
///
/// Three phases (see README.md for why, and the figures):
///   1. the paper's pseudo-Newton iteration with the magic factor, safeguarded: y += MF * e1 / max(|e2|, floor),
///      MF shrinking when E would rise and growing when it falls;
///   2. L-BFGS with the same |e2| as preconditioner, which comes to rest where 1. only creeps;
///   3. detours: the map at rest is let out into one dimension more and pressed flat again by and by, so that groups of
///      points pass each other that cannot pass in the plane. What comes out lower is taken.
///
/// E never rises from one iteration to the next; on a detour it is that of the map kept meanwhile. A computation that
/// runs up to step N; equal to the bit on any number of ranks. Per iteration: about 25 n^2 / p flops, one all-gather of
/// 4 n q bytes, one reproducible sum; in phases 2 and 3 about 20 more of one number each. Memory: 4 n^2 / p bytes of
/// distances, or 4 n D of data.
class State {
 public:
  /// x: n x D data; start: n x q first points (PCA scores, say). All ranks. comm and log must outlive the state.
  /// Throws InputError if two rows of x are at distance 0 (naming them) or infinitely far apart, a value is not finite,
  /// or the start has other rows than x or no two points that differ.
  State(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
        const Options& options, const Log& log = Log());
  ~State();
  State(State&&) noexcept;

  /// Goes on to iteration `step`, or until converged. All ranks.
  void run_until(Index step);
  Index step() const;
  bool converged() const;
  /// E of the present points.
  double stress() const;
  /// E before the first iteration and after each.
  const std::vector<double>& stress_history() const;
  /// n x q, centred. All ranks.
  DistributedMatrix points() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

struct Results {
  DistributedMatrix points;
  double stress = 0;
  std::vector<double> stress_history;
};

/// Runs a State to the end, telling `progress` after each iteration. All ranks.
Results sammon(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
               const Options& options, const ProgressCallback& progress = {}, const Log& log = Log());

}  // namespace replearn::sammon
