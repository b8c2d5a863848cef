#pragma once
#include <memory>

#include "base/log.hpp"
#include "data/named_arrays.hpp"
#include "methods/bigan/diagnostics.hpp"
#include "methods/progress.hpp"

namespace replearn::bigan {

/// One entry a look. What is of the steps (the first five) is their mean since the look before; see Evaluation for the
/// rest.
struct Curves {
  std::vector<Index> step;
  std::vector<double> discriminator_loss, generator_loss;  ///< a pair of pairs
  std::vector<double> right_encoder, right_generator;      ///< share of pairs that the discriminator tells
  std::vector<double> gradient;                            ///< mean |df/d(x, z)|^2, where it is penalized
  std::vector<double> x_error, z_error, mmd, spread, coverage, labels;
};

/// Labels of my rows, to tell whether samples reach them all.
struct Labels {
  std::vector<std::int32_t> codes;  ///< of my rows, -1: none
  std::vector<std::string> names;   ///< the same on every rank; empty: no labels
};

/// Adversarially learned inference (Dumoulin, Belghazi, Poole, Mastropietro, Lamb, Arjovsky and Courville 2017) and
/// bidirectional GANs (Donahue, Kraehenbuehl and Darrell 2017): see Game for what is played. A step is
/// discriminator_steps updates of the discriminator, each on rows and draws of its own, then generator_steps of encoder
/// and generator, the first on the same as the discriminator's last.
///
/// A computation that runs up to step N. Rows, draws and first weights are the same on any number of ranks; all ranks
/// hold the same bits of the weights. On another number of ranks gradients differ in the last digits of float32, to
/// 1e-5 of the largest entry; a game amplifies that: weights agree to 1e-3 after 10 steps and are of another course,
/// though of the same quality, after some hundreds.
///
/// Cost of a step of B rows, with e, g, d the weights of encoder, generator, discriminator: (6 e + 6 g + 20 d) B / p
/// flops (a third less for the first layers; those over sparse x only as much as is stored), with a penalty 12 d B more
/// (12 and 6 with R1); 28 bytes of memory traffic a weight for Adam and 12 for the average, and two sums over ranks of
/// 4 bytes a weight, all of it dealt to the ranks of a node (see nn::GradientSum).
class State {
 public:
  /// x: n x m, finite. All ranks; comm and x must outlive the state. Throws InputError for options or data.
  State(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Labels& labels = {},
        const Log& log = Log());
  ~State();
  State(State&&) noexcept;

  /// Goes on to step `step`, or to the end. All ranks. Throws InputError when a loss is no longer finite.
  void run_until(Index step);
  Index step() const;
  Index steps() const;
  Index steps_per_epoch() const;
  bool done() const { return step() >= steps(); }
  /// The loss is the discriminator's, the mean since the last look. All ranks.
  Progress progress() const;

  const Curves& curves() const;
  /// What the last look found wrong.
  const Findings& findings() const;
  /// Of averaged weights.
  const Model& model() const;
  /// The gradients of the next step's first batch, summed over ranks, without an update: the discriminator's, then (by
  /// the same discriminator) encoder's and generator's. For tests. All ranks.
  void gradients(std::vector<float>& discriminator, std::vector<float>& encoder_generator);
  /// Weights as they are: the discriminator's, then encoder's and generator's. For tests.
  std::vector<float> weights() const;

  /// For a checkpoint, between two steps; resume() when they have been filled. All ranks.
  NamedArrays arrays();
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::bigan
