#pragma once
#include <memory>
#include <optional>

#include "base/log.hpp"
#include "data/named_arrays.hpp"
#include "methods/progress.hpp"
#include "methods/vae/evaluate.hpp"

namespace replearn::vae {

/// What was learned, and of the cells what is needed to draw new ones.
struct Model {
  Network<float> network;
  double log_library_mean = 0, log_library_deviation = 0;
  std::vector<Index> levels;         ///< of each condition
  std::vector<double> level_shares;  ///< of the cells, condition after condition
};

/// One entry an epoch; per cell, in nats.
struct Curves {
  std::vector<Index> step;
  std::vector<double> reconstruction, divergence;  ///< training: means over the epoch's steps, each before its update
  std::vector<double> weight;                      ///< of the divergence in that epoch: beta, after warm-up
  std::vector<double> held_out_reconstruction, held_out_divergence;  ///< after the epoch; NaN if nothing is held out
};

/// A variational autoencoder (Kingma and Welling 2014) of cells: with p(z) = N(0, 1), p(x|z) by the decoder and q(z|x)
/// by the encoder, the evidence lower bound
///
///     log p(x) >= E_q log p(x|z) - KL(q(z|x) || p(z))
///
/// goes up by its gradient. With counts, their library size and conditions it is scVI (Lopez, Regier, Cole, Jordan and
/// Yosef 2018, "Deep generative modeling for single-cell transcriptomics").
///
/// A computation that runs up to step N. Each rank works on its rows of a step's cells; weights are the same bits on
/// all ranks. On another number of ranks gradients differ in the last digits of float32, to 1e-5 of the largest, and
/// the difference grows with the steps: after 60 of them training losses agree to 1e-3 of themselves, held-out ones to
/// 1e-2.
///
/// Cost of a step of B cells, m genes, h hidden units, z stored values a cell: 6 B h m flops in the decoder's output
/// (12 with zero inflation), 4 B h z in the encoder's input, 30 vector instructions a cell and gene in the likelihood
/// (70 with zero inflation), and 28 bytes of memory traffic a weight, dealt to the ranks of a node, as is the one sum
/// over ranks of 4 bytes a weight (see nn::GradientSum).
class State {
 public:
  /// x: n x m. All ranks; comm and x must outlive the state. Throws InputError for options or data (see Data).
  State(const mpi::Communicator& comm, const Matrix& x, const Conditions& conditions, std::vector<Index> levels,
        const Options& options, const Log& log = Log());
  ~State();
  State(State&&) noexcept;

  /// Goes on to step `step`, or to the end: steps(), or earlier by patience, when weights go back to the best. All
  /// ranks. Throws InputError when the loss is no longer finite.
  void run_until(Index step);
  Index step() const;
  Index steps() const;
  Index steps_per_epoch() const;
  /// As they are used: with the length and the patience that the rules say.
  Options used_options() const;
  bool done() const;
  /// The loss is minus the epoch's mean bound so far, the divergence weighted as it then was. All ranks.
  Progress progress() const;

  const Curves& curves() const;
  const Model& model() const;
  const Data& data() const;
  /// My rows kept from training; of all ranks' together.
  const std::vector<Index>& held_out() const;
  Index held_out_count() const;
  /// The next step's bound, and the gradients summed over ranks, without a step. For tests. All ranks.
  Bound gradients(std::vector<float>& all);

  /// For a checkpoint, between two steps; resume() when they have been filled. All ranks.
  NamedArrays arrays();
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

/// Cells drawn from the model: z from the prior, conditions by their shares among the cells it was trained on (each
/// by itself), library sizes log-normal as theirs were, x from p(x|z).
struct Drawn {
  SparseRows x;  ///< count x m
  DistributedMatrix z;
  std::vector<std::int32_t> conditions;  ///< my rows x conditions: the level of each, counted from 0
};
/// To the bit on any number of ranks, the model being the same. All ranks.
Drawn draw_cells(const mpi::Communicator& comm, const Model& model, Index count, std::uint64_t seed);

}  // namespace replearn::vae
