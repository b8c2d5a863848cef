#pragma once
#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// Stochastic neighbor embedding with a Gaussian kernel (Hinton and Roweis 2002, "Stochastic neighbor embedding"),
/// what t-SNE grew out of. Each point has a distribution of its own over the others, in the data and in the map,
///
///     p_{j|i}: as t-SNE's, to perplexity,    q_{j|i} = exp(-|y_i - y_j|^2) / sum_{k != i} exp(-|y_i - y_k|^2)
///     C = sum_i KL(P_i || Q_i) = sum_ij p_{j|i} log(p_{j|i} / q_{j|i})                                      (eq. 3)
///     dC/dy_i = 2 sum_j (p_{j|i} - q_{j|i} + p_{i|j} - q_{i|j}) (y_i - y_j)                                 (eq. 4)
///
/// and C is not symmetric: it costs much to put near points apart, little to put far ones together.
///
/// Descent with momentum, and t-SNE's gains in the place of the paper's random jitter. The learning rate is t-SNE's:
/// of dC/dy / 4n, so that P counts as a whole there too. Of the options these count: dimensions, those of affinities
/// but `uniform`, iterations (of one phase, nothing is exaggerated), learning_rate (0: n / 4), momentum, min_gain,
/// max_step_norm.
///
/// All pairs, for small n: (6 q + 50) n^2 / p flops an iteration, 30,000 points a minute and core for 100 iterations.
/// Sent: 4 n q + 8 n bytes in two all-gathers. Memory: 4 n q bytes, 8 for each pair of the graph twice.
/// Equal to the bit on any number of ranks.
class SneState {
 public:
  /// graph: options.neighbors_needed() or more a row; with affinity_neighbors = n - 1 of them P is over all pairs, as
  /// the paper has it. All ranks; comm must outlive the state. Throws as t-SNE's State does.
  SneState(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
           const Options& options, const Log& log = Log(), std::vector<Pull> pulls = {});
  ~SneState();
  SneState(SneState&&) noexcept;

  /// Goes on to iteration `step`. All ranks. Throws InputError if the points are no longer finite.
  void run_until(Index step);
  Index step() const;
  Index steps() const;
  /// sum_i KL(P_i || Q_i) in nats of the present points, pulls not counted. All ranks.
  double divergence();
  /// See State.
  std::vector<double> pulled_distances() const;
  /// n x q, centered.
  DistributedMatrix points() const;
  /// For a checkpoint, between two iterations: step, points, last steps, gains; then goes on from there. All ranks.
  NamedArrays arrays();
  void resume();
  /// dC/dy of C and pulls at the present points, my rows. All ranks.
  RowMatrixD gradient();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

/// A SneState on its way, with the history of C: what a command drives, as tsne::Run. All ranks.
class SneRun {
 public:
  explicit SneRun(SneState state) : state_(std::move(state)) {}
  void run_until(Index step);
  bool done() const { return state_.step() >= state_.steps(); }
  Index step() const { return state_.step(); }
  /// The loss is that of the last 50th iteration. Local.
  Progress progress() const;
  NamedArrays arrays();
  void resume() { state_.resume(); }
  /// At the end; kl_divergence is C. The run is empty afterwards.
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
