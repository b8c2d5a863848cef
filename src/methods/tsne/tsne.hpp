#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/named_arrays.hpp"
#include "data/neighbor_graph.hpp"
#include "data/sparse_rows.hpp"
#include "methods/progress.hpp"
#include "methods/tsne/pull.hpp"

namespace replearn::tsne {

/// How repulsion is computed: over all pairs, by a tree (q 2 or 3), by interpolation on a grid (q 1 or 2); automatic:
/// by cost.
enum class RepulsionMethod { automatic, exact, barnes_hut, fft };

/// Where P comes from: see Conditionals; given: the caller brings it.
enum class AffinityKind { perplexity, uniform, gaussian, given };

/// The learning rate if none is named. by_phase: n / exaggeration of the phase (Belkina et al. 2019, as openTSNE);
/// constant: max(200, n / early exaggeration) in both phases, as FIt-SNE and, its factor 4 counted, scikit-learn.
enum class LearningRateRule { by_phase, constant };

struct Options {
  Index dimensions = 2;  ///< q of the map
  AffinityKind affinities = AffinityKind::perplexity;
  std::vector<double> perplexity = {30};  ///< several: the mean of their conditional probabilities
  Index affinity_neighbors = 0;           ///< k; 0: 3 * largest perplexity; 30 of uniform and gaussian
  double sigma = 0;                       ///< of gaussian, in units of the distances
  double dof = 1;                         ///< degrees of freedom of the kernel in the map
  double early_exaggeration = 12;
  Index early_exaggeration_iterations = 250;
  double exaggeration = 1;   ///< after the early one
  Index iterations = 500;    ///< after the early ones
  double learning_rate = 0;  ///< 0: by the rule
  LearningRateRule learning_rate_rule = LearningRateRule::by_phase;
  double initial_momentum = 0.8;          ///< during early exaggeration
  double momentum = 0.8;                  ///< after it
  double min_gain = 0.01;                 ///< added to gains when they shrink: they stay above 5 times it
  double max_step_norm = 5;               ///< a point moves at most this far in an iteration; 0: no limit
  double min_gradient_norm = 0;           ///< stop when the gradient, with its factor 4, is as short as this; 0: never
  Index iterations_without_progress = 0;  ///< stop when KL has not fallen for more than so many; 0: never
  Index frames_every = 0;                 ///< keep the map of every so many iterations; 0: of none
  std::uint64_t seed = 0;                 ///< of a random start
  RepulsionMethod repulsion = RepulsionMethod::automatic;
  double theta = 0.5;         ///< of barnes_hut: width of a far cell over its distance; 0: exact
  double grid_spacing = 0.3;  ///< of fft, in units of the map: error of the forces 1e-3 at 0.3, 1e-2 at 0.5

  /// Throws InputError naming the option. n: points.
  void validate(Index n) const;
  /// Of each row of a graph of n points.
  Index neighbors_needed(Index n) const;
  /// Of an iteration, counted over both phases.
  double learning_rate_at(Index step, Index n) const;
  double exaggeration_at(Index step) const;
};

/// Neighbors that t-SNE asks of the graph for one perplexity: min(n - 1, floor(3 * perplexity)).
Index neighbors_needed(double perplexity, Index n);

/// What other programs do where they do it otherwise.
enum class Preset { opentsne, fitsne, scikit_learn, bhtsne };
/// Sets iterations, exaggerations, rates, momenta, gains, step limit, repulsion and what stops it as that program has
/// them by default; nothing else. The start is the caller's affair.
void apply(Preset preset, Options& options);

/// small: so that the first column's standard deviation is 1e-4; keep: as they are.
enum class StartScale { small, keep };
/// First points: the first q columns of PCA scores or of another map. All ranks.
/// Throws InputError if there are too few columns, or (small) the first is constant or not finite.
DistributedMatrix start_from_scores(const mpi::Communicator& comm, const DistributedMatrix& scores, Index dimensions,
                                    StartScale scale = StartScale::small);
/// The leading eigenvectors, but for the first, of the random walk on P (a diffusion map, as openTSNE's spectral
/// start): D^-1 P v = lambda v, times lambda, D the row sums; scaled as above; the largest entry of each positive. P as
/// affinities.hpp makes it. To residuals of 1e-5, or 40 rounds; the log tells which. All ranks; equal to the bit on any
/// number of them. Cost: a round is some 10 to 40 products of P with q + 4 vectors, each sending 8 (q + 4) n / p bytes
/// to each other rank. Throws InputError if the affinities have fewer than q such directions.
DistributedMatrix spectral_start(const mpi::Communicator& comm, const SparseRows& p, Index dimensions,
                                 std::uint64_t seed, const Log& log = Log());
/// Normal with standard deviation 1e-4, by (seed, row). Local.
DistributedMatrix random_start(const RowPartition& partition, int rank, Index dimensions, std::uint64_t seed);

/// t-SNE (van der Maaten and Hinton 2008, "Visualizing data using t-SNE") of a neighbor graph; a computation that runs
/// up to step N; equal to the bit on any number of ranks. Options, defaults and update rule are openTSNE's. Every rank
/// holds all n q coordinates of the map.
class State {
 public:
  /// graph: neighbors_needed() or more a row (the nearest of them count), distances not squared; start: n x q.
  /// All ranks; comm must outlive the state. Throws InputError for options, graph or start that do not fit.
  State(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
        const Options& options, const Log& log = Log());
  /// The same of a P that is there already, as affinities.hpp makes it: symmetric, sum 1. pulls: added to the cost.
  State(const mpi::Communicator& comm, SparseRows p, const DistributedMatrix& start, const Options& options,
        const Log& log = Log(), std::vector<Pull> pulls = {});
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
  /// Length of the gradient, all n q numbers of it, in the iteration before, exaggeration and the factor 4 counted (as
  /// scikit-learn does); infinite before the first. All ranks.
  double gradient_norm() const;
  /// Of each pull, the mean of |y_i - y_j|^2 over its pairs; the sum of weight times that. All ranks.
  std::vector<double> pulled_distances() const;
  double pulled_cost() const;
  /// n x q, centered.
  DistributedMatrix points() const;
  /// Where this rank's time went, one line; empty before the first iteration. Local.
  std::string timing_text() const;

  /// For a checkpoint, between two iterations: step, points, last steps, gains.
  NamedArrays arrays();
  /// To be called when arrays() have been filled: goes on from there. All ranks.
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

struct Results {
  DistributedMatrix points;
  double kl_divergence = 0;
  std::vector<Index> kl_iterations;      ///< every 50th
  std::vector<double> kl_history;        ///< KL at each of them
  std::vector<double> pulled_distances;  ///< of each pull, see State
  Index iterations = 0;                  ///< done, of both phases: fewer than asked for if it stopped by itself
  std::vector<Index> frame_iterations;
  std::vector<RowMatrix> frames;  ///< my rows of the map at each of them
};
/// Runs a State to the end (see run.hpp). progress: told every 10 iterations, with a loss every 50. All ranks.
Results tsne(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
             const Options& options, const ProgressCallback& progress = {}, const Log& log = Log());
Results tsne(const mpi::Communicator& comm, SparseRows p, const DistributedMatrix& start, const Options& options,
             const ProgressCallback& progress = {}, const Log& log = Log(), std::vector<Pull> pulls = {});

}  // namespace replearn::tsne
