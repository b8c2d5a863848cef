#pragma once
#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// Stochastic neighbor embedding with a Gaussian kernel (Hinton and Roweis 2002, "Stochastic neighbor embedding"), the
/// predecessor of t-SNE. Each point has its own distribution over the others, in the data and in the map,
///
///     p_{j|i}: as t-SNE's, to perplexity,    q_{j|i} = exp(-|y_i - y_j|^2) / sum_{k != i} exp(-|y_i - y_k|^2)
///     C = sum_i KL(P_i || Q_i) = sum_ij p_{j|i} log(p_{j|i} / q_{j|i})                                      (eq. 3)
///     dC/dy_i = 2 sum_j (p_{j|i} - q_{j|i} + p_{i|j} - q_{i|j}) (y_i - y_j)                                 (eq. 4)
///
/// C is not symmetric: placing near points far apart is expensive, placing far points close together is cheap.
///
/// Minimized by gradient descent with momentum; t-SNE's gains replace the random jitter of the paper. The learning rate
/// is that of t-SNE, applied to dC/dy / 4n, so that P sums to 1 here as well. Options used: dimensions, affinities
/// except `uniform`, iterations (a single phase without exaggeration), learning_rate (0: n / 4), momentum, min_gain,
/// max_step_norm.
///
/// Visits all pairs, so it suits small n: (6 q + 50) n^2 / p flops per iteration; 30,000 points take a minute on one
/// core for 100 iterations. Sends 4 n q + 8 n bytes in two all-gathers.
/// Memory: 4 n q bytes, and twice 8 bytes per pair of the graph. Equal to the bit on any number of ranks.
class SneState {
 public:
  /// graph: options.neighbors_needed() or more neighbors per row; with affinity_neighbors = n - 1, P covers all pairs,
  /// as in the paper. All ranks; comm must outlive the state. Throws as t-SNE's State does.
  SneState(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
           const Options& options, const Log& log = Log(), std::vector<Pull> pulls = {});
  ~SneState();
  SneState(SneState&&) noexcept;

  /// Runs up to iteration `step`. All ranks. Throws InputError if the points are no longer finite.
  void run_until(Index step);
  Index step() const;
  Index steps() const;
  /// sum_i KL(P_i || Q_i) of the current points in nats, without pulls. All ranks.
  double divergence();
  /// See State.
  std::vector<double> pulled_distances() const;
  /// n x q, centered.
  DistributedMatrix points() const;
  /// State for a checkpoint between two iterations: step, points, last steps and gains. resume() continues from them.
  /// All ranks.
  NamedArrays arrays();
  void resume();
  /// Gradient of C and the pulls at the current points, local rows. All ranks.
  RowMatrixD gradient();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

/// A SneState with the history of C, the counterpart of tsne::Run. All ranks.
class SneRun {
 public:
  explicit SneRun(SneState state) : state_(std::move(state)) {}
  void run_until(Index step);
  bool done() const { return state_.step() >= state_.steps(); }
  Index step() const { return state_.step(); }
  /// Progress so far; the loss is that of the last multiple of 50 iterations. Local.
  Progress progress() const;
  NamedArrays arrays();
  void resume() { state_.resume(); }
  /// Results at the end of the run, which is empty afterwards; kl_divergence is C.
  Results results();

 private:
  SneState state_;
  std::vector<Index> iterations_;
  std::vector<double> history_;
};

/// Runs a SneState to the end; kl_divergence is C. All ranks.
Results sne(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
            const Options& options, const ProgressCallback& progress = {}, const Log& log = Log(),
            std::vector<Pull> pulls = {});

}  // namespace replearn::tsne
