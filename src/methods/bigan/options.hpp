#pragma once
#include <cstdint>
#include <vector>

#include "base/named_values.hpp"
#include "methods/bigan/mlp.hpp"
#include "nn/optimizer.hpp"
#include "nn/schedule.hpp"

namespace replearn::bigan {

/// Encoder: a Gaussian q(z | x) that codes are drawn from (ALI), or a deterministic code (BiGAN).
enum class EncoderKind { stochastic, deterministic };
inline const NamedValues<EncoderKind> encoder_names = {{"stochastic", EncoderKind::stochastic},
                                                       {"deterministic", EncoderKind::deterministic}};
/// Loss of encoder and generator: the negative of the discriminator's loss (the minimax objective), or its loss with
/// the labels exchanged, whose gradient does not vanish where the discriminator is confident.
enum class GeneratorLoss { saturating, non_saturating };
/// Where the squared norm of the discriminator's gradient is penalized: nowhere; at encoder pairs (R1); at both kinds
/// of pairs (R1 + R2); at interpolates between the two.
enum class Penalty { none, encoder_pairs, both, between };
/// Output of the generator: unrestricted; in (0, 1); in (-1, 1); positive.
enum class OutputForm { identity, sigmoid, tanh, softplus };
inline const NamedValues<OutputForm> output_form_names = {{"identity", OutputForm::identity},
                                                          {"sigmoid", OutputForm::sigmoid},
                                                          {"tanh", OutputForm::tanh},
                                                          {"softplus", OutputForm::softplus}};
/// Scaling of each column for the networks: none; zero mean and unit variance; range 0 to 1.
enum class Scaling { none, standardize, minmax };

struct Options {
  Index latent = 10;                  ///< q
  std::vector<Index> hidden = {128};  ///< widths of the encoder, first to last, and of the generator, last to first
  std::vector<Index> discriminator_hidden = {128};  ///< widths of the discriminator, first to last
  Unit unit = Unit::leaky_relu, discriminator_unit = Unit::leaky_relu;
  Index pieces = 2;    ///< linear pieces per maxout unit
  double slope = 0.2;  ///< slope of leaky ReLU below 0
  bool batch_norm = true, discriminator_batch_norm = false;
  EncoderKind encoder = EncoderKind::stochastic;
  OutputForm output = OutputForm::identity;
  Scaling scaling = Scaling::none;
  GeneratorLoss generator_loss = GeneratorLoss::non_saturating;
  double cycle_weight = 0;     ///< of mean |x - G(z^)|^2 per column, added to the loss of encoder and generator (ALICE)
  double label_smoothing = 0;  ///< target of encoder pairs is 1 minus this
  Penalty penalty = Penalty::none;
  double penalty_weight = 1;                           ///< gamma
  Index penalty_every = 1;                             ///< steps between penalties, whose weight is multiplied by this
  bool spectral_norm = false;                          ///< of the discriminator
  Index discriminator_steps = 1, generator_steps = 1;  ///< updates per step
  nn::OptimizerOptions optimizer = {.learning_rate = 2e-4, .beta1 = 0.5};
  double discriminator_rate = 1;  ///< learning rate of the discriminator, relative to that of encoder and generator
  nn::ScheduleOptions schedule = {};
  double average = 0.999;  ///< decay of the moving average of the weights that outputs use; 0: the last weights
  nn::Initializer initializer = nn::Initializer::torch_linear;
  double initial_scale = 1;
  Index batch = 128;
  Index steps = 10000;
  Index min_epochs = 0;  ///< minimum number of passes over the data, whatever the steps
  Index epochs = 0;      ///< if not 0, passes over the data, instead of steps
  Index eval_every = 0;  ///< steps between evaluations; 0: fifty in total
  std::uint64_t seed = 0;

  /// Throws InputError naming the option.
  void validate() const;
};

}  // namespace replearn::bigan
