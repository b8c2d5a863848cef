#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "data/neighbor_graph.hpp"
#include "methods/progress.hpp"

namespace replearn::tsne {

/// How repulsion is computed: over all pairs, by a tree (q 2 or 3), by interpolation on a grid (q 1 or 2); automatic:
/// by cost.
enum class RepulsionMethod { automatic, exact, barnes_hut, fft };

struct Options {
  Index dimensions = 2;    ///< q of the map
  double perplexity = 30;  ///< neighbours needed: 3 * perplexity
  double early_exaggeration = 12;
  Index early_exaggeration_iterations = 250;
  Index iterations = 500;    ///< after the early ones
  double learning_rate = 0;  ///< 0: n / exaggeration of the phase
  double momentum = 0.8;
  double max_step_norm = 5;  ///< a point moves at most this far in an iteration; 0: no limit
  std::uint64_t seed = 0;    ///< of a random start
  RepulsionMethod repulsion = RepulsionMethod::automatic;
  double theta = 0.5;         ///< of barnes_hut: width of a far cell over its distance; 0: exact
  double grid_spacing = 0.3;  ///< of fft, in units of the map: error of the forces 1e-3 at 0.3, 1e-2 at 0.5

  /// Throws InputError naming the option. n: points.
  void validate(Index n) const;
};

/// Neighbours that t-SNE asks of the graph: min(n - 1, floor(3 * perplexity)).
Index neighbors_needed(double perplexity, Index n);

/// First points: PCA scores (first q columns) scaled so that the first column's standard deviation is 1e-4. All ranks.
/// Throws InputError if there are too few columns, or the first is constant or not finite.
DistributedMatrix start_from_scores(const mpi::Communicator& comm, const DistributedMatrix& scores, Index dimensions);
/// Normal with standard deviation 1e-4, by (seed, row). Local.
DistributedMatrix random_start(const RowPartition& partition, int rank, Index dimensions, std::uint64_t seed);

/// t-SNE (van der Maaten and Hinton 2008, "Visualizing data using t-SNE") of a neighbour graph; a computation that runs
/// up to step N; equal to the bit on any number of ranks. Options, defaults and update rule are openTSNE's. Every rank
/// holds all n q coordinates of the map.
class State {
 public:
  /// graph: neighbors_needed() or more a row (the nearest of them count), distances not squared; start: n x q.
  /// All ranks; comm must outlive the state. Throws InputError for options, graph or start that do not fit.
  State(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
        const Options& options, const Log& log = Log());
  ~State();
  State(State&&) noexcept;
  State& operator=(State&&) noexcept;

  /// Goes on to iteration `step`, counted over both phases. All ranks.
  /// Throws InputError if the points are no longer finite (a learning rate too large).
  void run_until(Index step);
  Index step() const;
  /// early_exaggeration_iterations + iterations.
  Index steps() const;
  /// "early exaggeration" or "optimization".
  const char* phase() const;
  /// KL divergence of the true P (not the exaggerated one) from Q, of the present points. All ranks.
  double kl_divergence();
  /// n x q, centred.
  DistributedMatrix points() const;
  /// Where this rank's time went, one line. Local.
  std::string timing_text() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

struct Results {
  DistributedMatrix points;
  double kl_divergence = 0;
  std::vector<Index> kl_iterations;  ///< every 50th
  std::vector<double> kl_history;    ///< KL at each of them
};
/// Runs a State to the end. All ranks.
Results tsne(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
             const Options& options, const ProgressCallback& progress = {}, const Log& log = Log());

}  // namespace replearn::tsne
