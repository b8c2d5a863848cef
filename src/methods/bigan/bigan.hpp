#pragma once
#include <memory>

#include "base/log.hpp"
#include "data/named_arrays.hpp"
#include "methods/bigan/diagnostics.hpp"
#include "methods/progress.hpp"

namespace replearn::bigan {

/// One entry per evaluation. The first five are means over the steps since the previous evaluation; for the rest see
/// Evaluation.
struct Curves {
  std::vector<Index> step;
  std::vector<double> discriminator_loss, generator_loss;  ///< per pair of an encoder and a generator pair
  std::vector<double> correct_encoder, correct_generator;  ///< accuracy of the discriminator on each kind of pair
  std::vector<double> gradient;                            ///< mean |df/d(x, z)|^2, if penalized
  std::vector<double> x_error, z_error, mmd, spread, coverage, label_coverage;
};

/// Labels of the local rows, to check whether samples cover all of them.
struct Labels {
  std::vector<std::int32_t> codes;  ///< for each local row; -1: none
  std::vector<std::string> names;   ///< the same on every rank; empty: no labels
};

/// Adversarially learned inference (Dumoulin, Belghazi, Poole, Mastropietro, Lamb, Arjovsky and Courville 2017) and
/// bidirectional GANs (Donahue, Kraehenbuehl and Darrell 2017); see Game for the objective. A step consists of
/// discriminator_steps updates of the discriminator, each on its own rows and draws, followed by generator_steps
/// updates of encoder and generator, the first on the batch of the discriminator's last update.
///
/// A computation that runs up to step N. Rows, draws and initial weights are the same on any number of ranks, and
/// weights are identical on all ranks. On a different number of ranks gradients differ in the last digits of float32,
/// up to 1e-5 of the largest entry. Adversarial training amplifies the difference: weights agree to 1e-3 after 10
/// steps; after some hundreds of steps the runs differ, but are of the same quality.
///
/// Cost of a step of B rows, with e, g, d the weights of encoder, generator, discriminator: (6 e + 6 g + 20 d) B / p
/// flops (a third less for the first layers; with sparse x, those in proportion to the stored values), with a penalty
/// 12 d B more (12 and 6 with R1); 28 bytes of memory traffic per weight for Adam and 12 for the average, and two sums
/// over ranks of 4 bytes per weight, all of it shared by the ranks of a node (see nn::GradientSum).
class State {
 public:
  /// x: n x m, finite. All ranks; comm and x must outlive the state. Throws InputError for invalid options or data.
  State(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Labels& labels = {},
        const Log& log = Log());
  ~State();
  State(State&&) noexcept;

  /// Runs up to step `step`, or to the end. All ranks. Throws InputError if a loss is no longer finite.
  void run_until(Index step);
  Index step() const;
  Index steps() const;
  Index steps_per_epoch() const;
  bool done() const { return step() >= steps(); }
  /// Progress so far; the loss is the discriminator's mean since the last evaluation. All ranks.
  Progress progress() const;

  const Curves& curves() const;
  /// Problems found by the last evaluation.
  const Findings& findings() const;
  /// The model with averaged weights.
  const Model& model() const;
  /// Gradients of the next step's first batch, summed over ranks, without an update: those of the discriminator, then
  /// (with the same discriminator) of encoder and generator. For tests. All ranks.
  void gradients(std::vector<float>& discriminator, std::vector<float>& encoder_generator);
  /// Current weights, not averaged: the discriminator's, then encoder's and generator's. For tests.
  std::vector<float> weights() const;

  /// State for a checkpoint between two steps; resume() continues from the restored arrays. All ranks.
  NamedArrays arrays();
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::bigan
