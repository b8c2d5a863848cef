#pragma once
#include <memory>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "data/named_arrays.hpp"
#include "methods/factorize/network.hpp"
#include "methods/progress.hpp"

namespace replearn::factorize {

/// What was learned of genes, and how samples and genes meet: all that new samples need.
struct Model {
  Network<float> network;
  RowMatrix genes;  ///< m x gene_dims, the same on every rank
};

/// One entry an epoch.
struct Curves {
  std::vector<Index> step;
  std::vector<double> training_loss;  ///< mean over the entries of the epoch's steps, each before its update
  std::vector<double> held_out_loss;  ///< after the epoch; NaN if nothing is held out
  std::vector<double> held_out_r2, held_out_pearson;
  std::vector<double> sample_movement, gene_movement;  ///< see Movement
};

/// How far embeddings have moved, as the root mean square of |z - z'| over the root mean square of |z - center|.
struct Movement {
  double since_last = 0, since_start = 0;
};

/// Of x^ on held-out entries.
struct HeldOut {
  double loss = 0;  ///< mean
  double r2 = 0, pearson = 0;
  Index entries = 0;  ///< that were held out
};

/// Factorized embeddings (Trofimov, Cohen, Bengio, Perreault and Lemieux 2020, "Factorized embeddings learns rich and
/// biologically meaningful embedding spaces using factorized tensor decomposition", Bioinformatics 36): a space of
/// samples and a space of genes, conditioned on each other to predict expression,
///
///     min over z, z', theta of  sum over training entries (g_theta(z_i, z'_j) - x_ij)^2  (or a count loss).
///
/// Samples are dealt out over ranks with their embeddings and the state of their optimizer; gene embeddings and network
/// are the same on all of them. A computation that runs up to step N. All ranks have the same bits of what they share;
/// on another number of ranks gradients differ in the last digits of float32, and the differences grow with the steps
/// (README.md has figures).
///
/// Cost of a step of B entries, S samples, G genes, a network of w weights behind its first layer: 6 w B / p flops, 6
/// h1 (S sample_dims / p + G gene_dims) for the first layer; one sum over ranks of 4 (network + G gene_dims) bytes, in
/// two pieces, the first under way while the first layer goes backward; and 28 bytes of memory traffic a parameter, for
/// all embeddings: momentum moves those too that the step did not touch, as in PyTorch.
class State {
 public:
  /// x: n x m, observed entries as `options.missing` says. All ranks; comm and x must outlive the state.
  /// Throws InputError for options or data (see TrainingData).
  State(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log = Log());
  ~State();
  State(State&&) noexcept;

  /// Goes on to step `step`, or to the end: steps(), or earlier by patience, when the parameters go back to the best.
  /// All ranks. Throws InputError when the loss is no longer finite.
  void run_until(Index step);
  Index step() const;
  Index steps() const;
  Index steps_per_epoch() const;
  /// As they are used: with the length and the patience that the rules say.
  Options used_options() const;
  bool done() const;
  /// The loss is the mean of the epoch so far. All ranks.
  Progress progress() const;

  const Curves& curves() const;
  /// On the held-out entries, of the present parameters. All ranks.
  HeldOut held_out();
  /// R^2 on held-out entries that the mean of each gene's training entries would have.
  double gene_mean_r2() const;
  Movement sample_movement() const, gene_movement() const;
  /// n x sample_dims.
  DistributedMatrix samples() const;
  const Model& model() const;
  /// Loss of the next step's batch and the gradients summed over ranks, without a step: network and genes (the whole of
  /// them) in one array, and my samples'. For tests and benchmarks. All ranks.
  double gradients(std::vector<float>& shared, RowMatrix& samples);

  /// For a checkpoint, between two steps; resume() when they have been filled. All ranks.
  NamedArrays arrays();
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

/// x^ of some samples at some genes (all, if the list is empty), samples x genes. Local.
RowMatrix predict(const Model& model, const RowMatrix& samples, const std::vector<Index>& genes = {});

/// How new samples are placed.
struct FitOptions {
  Index steps = 300;
  double learning_rate = 0.05;
  Index batch_genes = 0;  ///< of a step; 0: all
  Index starts = 64;      ///< places tried first
  void validate() const;
};

/// The embeddings of new samples, network and genes frozen: each begins at the best of `starts` places of the reference
/// (rows of `places`, the same on every rank), then goes down its own loss by Adam. Every sample by itself, as if it
/// came alone: no communication, the same to the bit on any number of ranks. x: n x m, columns as the model's genes.
/// All ranks. Throws InputError as State does.
DistributedMatrix fit_samples(const mpi::Communicator& comm, const Matrix& x, const Model& model,
                              const RowMatrix& places, const Options& options, const FitOptions& fit,
                              const ProgressCallback& progress = {});

}  // namespace replearn::factorize
