#pragma once
#include <memory>

#include "base/log.hpp"
#include "data/named_arrays.hpp"
#include "methods/progress.hpp"
#include "methods/vae/evaluate.hpp"
#include "methods/vae/model.hpp"

namespace replearn::vae {

/// Training curves, one entry per epoch; per cell, in nats.
struct Curves {
  std::vector<Index> step;
  std::vector<double> reconstruction, divergence;  ///< training: means over the epoch's steps, each before its update
  std::vector<double> weight;                      ///< weight of the divergence in that epoch: beta, after warm-up
  std::vector<double> held_out_reconstruction, held_out_divergence;  ///< after the epoch; NaN if nothing is held out
};

/// A variational autoencoder (Kingma and Welling 2014) of cells. With p(z) = N(0, 1), p(x|z) given by the decoder and
/// q(z|x) by the encoder, training maximizes the evidence lower bound
///
///     log p(x) >= E_q log p(x|z) - KL(q(z|x) || p(z)).
///
/// For counts with library size and conditions it is scVI (Lopez, Regier, Cole, Jordan and Yosef 2018, "Deep generative
/// modeling for single-cell transcriptomics").
///
/// A computation that runs up to step N. Each rank processes its rows of a step's cells; weights are identical on all
/// ranks. On a different number of ranks gradients differ in the last digits of float32, up to 1e-5 of the largest, and
/// the difference grows with the steps: after 60 steps training losses agree to a relative 1e-3, held-out ones to 1e-2.
///
/// Cost of a step of B cells, m genes, h hidden units, z stored values per cell: 6 B h m flops in the decoder's output
/// (12 with zero inflation), 4 B h z in the encoder's input, 30 vector instructions per cell and gene in the likelihood
/// (70 with zero inflation), and 28 bytes of memory traffic per weight, shared by the ranks of a node, as is the one
/// sum over ranks of 4 bytes per weight (see nn::GradientSum).
class State {
 public:
  /// x: n x m. All ranks; comm and x must outlive the state. Throws InputError for invalid options or data (see Data).
  State(const mpi::Communicator& comm, const Matrix& x, const Conditions& conditions, std::vector<Index> levels,
        const Options& options, const Log& log = Log());
  ~State();
  State(State&&) noexcept;

  /// Runs up to step `step`, or to the end: steps(), or earlier by patience, when the best weights are restored. All
  /// ranks. Throws InputError if the loss is no longer finite.
  void run_until(Index step);
  Index step() const;
  Index steps() const;
  Index steps_per_epoch() const;
  /// The options in effect, with the length and patience determined by the default rules.
  Options used_options() const;
  bool done() const;
  /// Progress so far; the loss is minus the mean bound of the current epoch, with the weighted divergence. All ranks.
  Progress progress() const;

  const Curves& curves() const;
  const Model& model() const;
  const Data& data() const;
  /// Local held-out rows; their number over all ranks.
  const std::vector<Index>& held_out() const;
  Index held_out_count() const;
  /// The bound of the next step and the gradients summed over ranks, without updating. For tests. All ranks.
  Bound gradients(std::vector<float>& all);

  /// State for a checkpoint between two steps; resume() continues from the restored arrays. All ranks.
  NamedArrays arrays();
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

/// Cells sampled from the model: z from the prior, each condition independently by its frequencies among the training
/// cells, library sizes from a log-normal fitted to theirs, x from p(x|z).
struct Drawn {
  SparseRows x;  ///< count x m
  DistributedMatrix z;
  std::vector<std::int32_t> conditions;  ///< local rows x conditions: the level of each, counted from 0
};
/// Samples `count` cells. Equal to the bit on any number of ranks for a given model. All ranks.
Drawn draw_cells(const mpi::Communicator& comm, const Model& model, Index count, std::uint64_t seed);

}  // namespace replearn::vae
