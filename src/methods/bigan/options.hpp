#pragma once
#include <cstdint>
#include <vector>

#include "methods/bigan/mlp.hpp"
#include "nn/optimizer.hpp"
#include "nn/schedule.hpp"

namespace replearn::bigan {

/// E(x) as a Gaussian q(z | x) that is drawn from (ALI) or as a point (BiGAN).
enum class EncoderKind { stochastic, deterministic };
/// What encoder and generator go down: the negative of the discriminator's loss (the game as written), or its loss with
/// the labels exchanged, which has a gradient where the discriminator is sure.
enum class GeneratorLoss { saturating, non_saturating };
/// Where the squared length of the discriminator's gradient is taken: nowhere; at encoder pairs (R1); at pairs of both
/// kinds (R1 + R2); at points between the two.
enum class Penalty { none, encoder_pairs, both, between };
/// The generator's output: as it is; in (0, 1); in (-1, 1); above 0.
enum class OutputForm { identity, sigmoid, tanh, softplus };
/// What the networks see of each column: it as it is; less its mean, over its deviation; its range as 0 to 1.
enum class Scaling { none, standardize, minmax };

struct Options {
  Index latent = 10;                                ///< q
  std::vector<Index> hidden = {128};                ///< of the encoder, first to last; of the generator, last to first
  std::vector<Index> discriminator_hidden = {128};  ///< of the discriminator
  Unit unit = Unit::leaky_relu, discriminator_unit = Unit::leaky_relu;
  Index pieces = 2;    ///< of maxout
  double slope = 0.2;  ///< of leaky ReLU
  bool batch_norm = true, judge_batch_norm = false;
  EncoderKind encoder = EncoderKind::stochastic;
  OutputForm output = OutputForm::identity;
  Scaling scaling = Scaling::none;
  GeneratorLoss generator_loss = GeneratorLoss::non_saturating;
  double cycle_weight = 0;     ///< of mean |x - G(z^)|^2 a column, added to encoder's and generator's loss (ALICE)
  double label_smoothing = 0;  ///< encoder pairs are told to be so with 1 less this
  Penalty penalty = Penalty::none;
  double penalty_weight = 1;                           ///< gamma
  Index penalty_every = 1;                             ///< steps; its weight counts so many times then
  bool spectral_norm = false;                          ///< of the discriminator
  Index discriminator_steps = 1, generator_steps = 1;  ///< updates a step
  nn::OptimizerOptions optimizer = {.learning_rate = 2e-4, .beta1 = 0.5};
  double discriminator_rate = 1;  ///< the discriminator's learning rate, in units of the others'
  nn::ScheduleOptions schedule = {};
  double average = 0.999;  ///< memory of the averaged weights, which outputs come from; 0: the last
  nn::Initializer initializer = nn::Initializer::torch_linear;
  double initial_scale = 1;
  Index batch = 128;
  Index steps = 10000;
  Index min_epochs = 0;  ///< at least so many times every row, however few the steps
  Index epochs = 0;      ///< if not 0, so many times every row instead of steps
  Index eval_every = 0;  ///< steps between looks at how well it works; 0: fifty in all
  std::uint64_t seed = 0;

  /// Throws InputError naming the option.
  void validate() const;
};

}  // namespace replearn::bigan
