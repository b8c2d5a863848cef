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

/// How repulsion is computed: over all pairs, by a Barnes-Hut tree (q = 2 or 3) or by interpolation on a grid (q = 1 or
/// 2); automatic: the cheapest.
enum class RepulsionMethod { automatic, exact, barnes_hut, fft };

/// Source of P: see Conditionals; given: supplied by the caller.
enum class AffinityKind { perplexity, uniform, gaussian, given };

/// Rule for the default learning rate. by_phase: n / exaggeration of the phase (Belkina et al. 2019, as openTSNE);
/// constant: max(200, n / early exaggeration) in both phases, as FIt-SNE and, up to its factor 4, scikit-learn.
enum class LearningRateRule { by_phase, constant };

struct Options {
  Index dimensions = 2;  ///< q, dimensions of the map
  AffinityKind affinities = AffinityKind::perplexity;
  std::vector<double> perplexity = {30};  ///< with several, their conditional probabilities are averaged
  Index affinity_neighbors = 0;           ///< k; 0: 3 * largest perplexity, or 30 for uniform and gaussian
  double sigma = 0;                       ///< width of the gaussian kernel, in units of the distances
  double dof = 1;                         ///< degrees of freedom of the kernel in the map
  double early_exaggeration = 12;
  Index early_exaggeration_iterations = 250;
  double exaggeration = 1;   ///< after early exaggeration
  Index iterations = 500;    ///< after early exaggeration
  double learning_rate = 0;  ///< 0: by learning_rate_rule
  LearningRateRule learning_rate_rule = LearningRateRule::by_phase;
  double initial_momentum = 0.8;  ///< during early exaggeration
  double momentum = 0.8;          ///< after early exaggeration
  double min_gain = 0.01;    ///< added to a gain after it shrinks by the factor 0.8, so gains stay above 5 times this
  double max_step_norm = 5;  ///< largest move of a point per iteration; 0: no limit
  double min_gradient_norm = 0;  ///< stop when the norm of the gradient, factor 4 included, is below this; 0: never
  Index iterations_without_progress = 0;  ///< stop when KL has not fallen for more than this many iterations; 0: never
  Index frames_every = 0;                 ///< store the map every this many iterations; 0: never
  std::uint64_t seed = 0;                 ///< of the random start
  RepulsionMethod repulsion = RepulsionMethod::automatic;
  double theta = 0.5;         ///< of barnes_hut: largest width / distance of a distant cell; 0: exact
  double grid_spacing = 0.3;  ///< of fft, in units of the map: force error 1e-3 at 0.3, 1e-2 at 0.5

  /// Throws InputError naming the option. n: number of points.
  void validate(Index n) const;
  /// Neighbors needed per row in a graph of n points.
  Index neighbors_needed(Index n) const;
  /// Values at an iteration, counted over both phases.
  double learning_rate_at(Index step, Index n) const;
  double exaggeration_at(Index step) const;
};

/// Neighbors per row needed for one perplexity: min(n - 1, floor(3 * perplexity)).
Index neighbors_needed(double perplexity, Index n);

/// Programs whose defaults can be adopted where they differ.
enum class Preset { opentsne, fitsne, scikit_learn, bhtsne };
/// Sets iterations, exaggerations, rates, momenta, gains, step limit, repulsion and stop rules to that program's
/// defaults, and nothing else. The caller provides the start.
void apply(Preset preset, Options& options);

/// small: scaled so that the standard deviation of the first column is 1e-4; keep: unscaled.
enum class StartScale { small, keep };
/// Initial points: the first q columns of PCA scores or of another map. All ranks. Throws InputError if there are too
/// few columns, or (small) the first is constant or not finite.
DistributedMatrix start_from_scores(const mpi::Communicator& comm, const DistributedMatrix& scores, Index dimensions,
                                    StartScale scale = StartScale::small);
/// Spectral initialization: the leading eigenvectors, except the first, of the random walk on P (a diffusion map, as in
/// openTSNE): D^-1 P v = lambda v, times lambda, D the row sums; scaled as above; the largest entry of each is
/// positive. P as in affinities.hpp. Iterates to residuals of 1e-5, or 40 rounds; the log reports which. All ranks;
/// equal to the bit on any number of them.
/// Cost: a round is about 10 to 40 products of P with q + 4 vectors, each sending 8 (q + 4) n / p bytes to each other
/// rank.
/// Throws InputError if the affinities have fewer than q such directions.
DistributedMatrix spectral_start(const mpi::Communicator& comm, const SparseRows& p, Index dimensions,
                                 std::uint64_t seed, const Log& log = Log());
/// Normal with standard deviation 1e-4, drawn by (seed, row). Local.
DistributedMatrix random_start(const RowPartition& partition, int rank, Index dimensions, std::uint64_t seed);

/// t-SNE (van der Maaten and Hinton 2008, "Visualizing data using t-SNE") of a neighbor graph, as a computation that
/// runs up to step N. Equal to the bit on any number of ranks. Options, defaults and update rule are openTSNE's. Every
/// node holds all n q coordinates of the map.
class State {
 public:
  /// graph: neighbors_needed() or more neighbors per row (the nearest are used), distances not squared; start: n x q.
  /// All ranks; comm must outlive the state. Throws InputError for options, graph or start that do not fit.
  State(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
        const Options& options, const Log& log = Log());
  /// From a given P as made by affinities.hpp: symmetric, sum 1. pulls: added to the cost.
  State(const mpi::Communicator& comm, SparseRows p, const DistributedMatrix& start, const Options& options,
        const Log& log = Log(), std::vector<Pull> pulls = {});
  ~State();
  State(State&&) noexcept;
  State& operator=(State&&) noexcept;

  /// Runs up to iteration `step`, counted over both phases. All ranks. Throws InputError if the points are no longer
  /// finite (the learning rate is too large).
  void run_until(Index step);
  Index step() const;
  /// early_exaggeration_iterations + iterations.
  Index steps() const;
  /// "early exaggeration" or "optimization".
  const char* phase() const;
  /// KL divergence of the true P (without exaggeration) from Q at the current points. All ranks.
  double kl_divergence();
  /// Euclidean norm of the whole n x q gradient in the previous iteration, including exaggeration and the factor 4 (as
  /// in scikit-learn); infinite before the first iteration. All ranks.
  double gradient_norm() const;
  /// For each pull the mean of |y_i - y_j|^2 over its pairs; the weighted sum of these. All ranks.
  std::vector<double> pulled_distances() const;
  double pulled_cost() const;
  /// n x q, centered.
  DistributedMatrix points() const;
  /// Time spent in each part on this rank, in one line; empty before the first iteration. Local.
  std::string timing_text() const;

  /// State for a checkpoint between two iterations: step, points, last steps, gains.
  NamedArrays arrays();
  /// Continues from the restored arrays(). All ranks.
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

struct Results {
  DistributedMatrix points;
  double kl_divergence = 0;
  std::vector<Index> kl_iterations;      ///< every 50 iterations
  std::vector<double> kl_history;        ///< KL at each of these
  std::vector<double> pulled_distances;  ///< for each pull, see State
  Index iterations = 0;                  ///< completed in both phases: fewer than requested after an early stop
  std::vector<Index> frame_iterations;
  std::vector<RowMatrix> frames;  ///< local rows of the map at each of these
};
/// Runs a State to the end (see run.hpp). progress: called every 10 iterations, with a loss every 50. All ranks.
Results tsne(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
             const Options& options, const ProgressCallback& progress = {}, const Log& log = Log());
Results tsne(const mpi::Communicator& comm, SparseRows p, const DistributedMatrix& start, const Options& options,
             const ProgressCallback& progress = {}, const Log& log = Log(), std::vector<Pull> pulls = {});

}  // namespace replearn::tsne
