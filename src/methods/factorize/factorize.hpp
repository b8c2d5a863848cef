#pragma once
#include <memory>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "data/named_arrays.hpp"
#include "methods/factorize/network.hpp"
#include "methods/progress.hpp"

namespace replearn::factorize {

/// The trained model of genes and network: everything that new samples need.
struct Model {
  Network<float> network;
  RowMatrix genes;  ///< m x gene_dims, the same on every rank
};

/// Training curves, one entry per epoch.
struct Curves {
  std::vector<Index> step;
  std::vector<double> training_loss;  ///< mean over the entries of the epoch's steps, each before its update
  std::vector<double> held_out_loss;  ///< after the epoch; NaN if nothing is held out
  std::vector<double> held_out_r2, held_out_pearson;
  std::vector<double> sample_movement, gene_movement;  ///< see Movement
};

/// Movement of embeddings: root mean square of |z - z'| relative to the root mean square of |z - center|.
struct Movement {
  double since_last = 0, since_start = 0;
};

/// Prediction of held-out entries.
struct HeldOut {
  double loss = 0;  ///< mean loss per entry
  double r2 = 0, pearson = 0;
  Index entries = 0;  ///< number of held-out entries
};

/// Factorized embeddings (Trofimov, Cohen, Bengio, Perreault and Lemieux 2020, "Factorized embeddings learns rich and
/// biologically meaningful embedding spaces using factorized tensor decomposition", Bioinformatics 36): a space of
/// samples and a space of genes, conditioned on each other to predict expression,
///
///     min over z, z', theta of  sum over training entries (g_theta(z_i, z'_j) - x_ij)^2  (or a count loss).
///
/// Samples are distributed over the ranks with their embeddings and optimizer state; gene embeddings and network are
/// replicated. A computation that runs up to step N. Shared parameters are identical on all ranks; on a different
/// number of ranks gradients differ in the last digits of float32, and the differences grow with the steps (figures in
/// README.md).
///
/// Cost of a step of B entries, S samples, G genes, a network with w weights after its first layer: 6 w B / p flops, 6
/// h1 (S sample_dims / p + G gene_dims) for the first layer; one sum over ranks of 4 (network + G gene_dims) bytes, in
/// two pieces, the first overlapped with the backward pass of the first layer; and 28 bytes of memory traffic per
/// parameter, for all embeddings: momentum also moves those that a step does not touch, as in PyTorch.
class State {
 public:
  /// x: n x m, observed entries according to `options.missing`. All ranks; comm and x must outlive the state. Throws
  /// InputError for invalid options or data (see TrainingData).
  State(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log = Log());
  ~State();
  State(State&&) noexcept;

  /// Runs up to step `step`, or to the end: steps(), or earlier by patience, when the best parameters are restored. All
  /// ranks. Throws InputError if the loss is no longer finite.
  void run_until(Index step);
  Index step() const;
  Index steps() const;
  Index steps_per_epoch() const;
  /// The options in effect, with the length and patience determined by the default rules.
  Options used_options() const;
  bool done() const;
  /// Progress so far; the loss is the mean of the current epoch. All ranks.
  Progress progress() const;

  const Curves& curves() const;
  /// Evaluation on the held-out entries with the current parameters. All ranks.
  HeldOut held_out();
  /// R^2 on held-out entries of predicting each gene by the mean of its training entries.
  double gene_mean_r2() const;
  Movement sample_movement() const, gene_movement() const;
  /// n x sample_dims.
  DistributedMatrix samples() const;
  const Model& model() const;
  /// Loss of the next step's batch and the gradients summed over ranks, without updating: all of network and genes in
  /// one array, and those of the local samples. For tests and benchmarks. All ranks.
  double gradients(std::vector<float>& shared, RowMatrix& samples);

  /// State for a checkpoint between two steps; resume() continues from the restored arrays. All ranks.
  NamedArrays arrays();
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

/// Predictions x^ for some samples and genes (all, if the list is empty), samples x genes. Local.
RowMatrix predict(const Model& model, const RowMatrix& samples, const std::vector<Index>& genes = {});

/// How new samples are embedded.
struct FitOptions {
  Index steps = 300;
  double learning_rate = 0.05;
  Index batch_genes = 0;  ///< genes per step; 0: all
  Index starts = 64;      ///< number of initial positions tried
  void validate() const;
};

/// Embeds new samples with network and genes frozen: each begins at the best of `starts` positions of the reference
/// (rows of `places`, the same on every rank) and minimizes its own loss by Adam. Samples are independent: no
/// communication, equal to the bit on any number of ranks. x: n x m, columns as the model's genes. All ranks.
/// Throws InputError as State does.
DistributedMatrix fit_samples(const mpi::Communicator& comm, const Matrix& x, const Model& model,
                              const RowMatrix& places, const Options& options, const FitOptions& fit,
                              const ProgressCallback& progress = {});

}  // namespace replearn::factorize
