#include "methods/bigan/game.hpp"

#include <gtest/gtest.h>

#include "nn/gradient_check.hpp"
#include "nn/reference.hpp"
#include "support/test_comm.hpp"

namespace replearn::bigan {
namespace {

using test::comm;
using test::finite_differences;
using test::normal_batch;
using test::relative_difference;

constexpr Index rows = 6, columns = 5;

Options small_options() {
  Options options;
  options.latent = 3;
  options.hidden = {7, 4};
  options.discriminator_hidden = {6, 5};
  options.batch_norm = false;
  options.initial_scale = 2;
  options.penalty_weight = 0.7;
  options.seed = 3;
  return options;
}

Draws<double> some_draws(bool sparse = false) {
  Draws<double> draws;
  draws.x = normal_batch(rows, columns, 1);
  draws.z = normal_batch(rows, 3, 2);
  draws.noise = normal_batch(rows, 3, 3);
  draws.interpolation = normal_batch(rows, 1, 4).unaryExpr([](double v) { return 1 / (1 + std::exp(v)); });
  if (!sparse) return draws;
  static const nn::Batch<double> shift = normal_batch(1, columns, 5);
  draws.is_sparse = true;
  draws.shift = &shift;
  draws.sparse_x.columns = columns;
  for (Index i = 0; i < rows; ++i) {
    for (Index j = i % 2; j < columns; j += 2) {
      draws.sparse_x.indices.push_back(static_cast<std::int32_t>(j));
      draws.sparse_x.values.push_back(draws.x(i, j));
    }
    draws.sparse_x.offsets.push_back(static_cast<Index>(draws.sparse_x.indices.size()));
  }
  return draws;
}

/// The discriminator's whole loss: what its gradients are of.
double discriminator_value(Game<double>& game, const Options& options, const Draws<double>& draws) {
  game.make_pairs(comm(), draws);
  const bool penalize = options.penalty != Penalty::none;
  const auto made = game.discriminator_gradients(comm(), draws, rows, penalize);
  const auto every = static_cast<double>(options.penalty_every);
  return (made.loss + every * options.penalty_weight / 2 * made.gradient) / static_cast<double>(rows);
}

/// Both sides' gradients against central differences of their losses.
void check(const std::string& name, const Options& options, bool sparse = false) {
  const auto draws = some_draws(sparse);
  Game<double> game(options, columns);
  // Power iteration until u stays: there the derivative by W, u and v held, is the derivative.
  for (int k = 0; k < 500 && options.spectral_norm; ++k) discriminator_value(game, options, draws);
  const auto left = game.spectral.left_vectors();

  game.discriminator_weights.zero_gradients();
  discriminator_value(game, options, draws);
  const std::vector<double> discriminator(game.discriminator_weights.gradients().begin(),
                                          game.discriminator_weights.gradients().end());
  const auto expected_discriminator = finite_differences(game.discriminator_weights.values(), [&] {
    game.spectral.left_vectors() = left;
    return discriminator_value(game, options, draws);
  });
  EXPECT_LT(relative_difference(discriminator, expected_discriminator), 1e-7) << name << ", discriminator";

  game.spectral.left_vectors() = left;
  auto& parameters = game.encoder_generator.parameters;
  parameters.zero_gradients();
  game.make_pairs(comm(), draws);
  game.generator_gradients(comm(), draws, rows);
  const std::vector<double> encoder_generator(parameters.gradients().begin(), parameters.gradients().end());
  const auto expected_encoder_generator = finite_differences(parameters.values(), [&] {
    game.spectral.left_vectors() = left;
    game.make_pairs(comm(), draws);
    return game.generator_gradients(comm(), draws, rows) / static_cast<double>(rows);
  });
  EXPECT_LT(relative_difference(encoder_generator, expected_encoder_generator), 1e-7)
      << name << ", encoder and generator";
}

TEST(Game, GradientsAreFiniteDifferences) {
  const Options plain = small_options();
  check("ALI", plain);
  check("ALI, sparse x", plain, true);
  Options options = plain;
  options.encoder = EncoderKind::deterministic;
  options.generator_loss = GeneratorLoss::saturating;
  options.label_smoothing = 0.1;
  options.output = OutputForm::sigmoid;
  check("BiGAN, saturating, smoothed", options);
  options = plain;
  options.unit = options.discriminator_unit = Unit::maxout;
  options.pieces = 3;
  check("maxout", options);
  options = plain;
  options.batch_norm = options.discriminator_batch_norm = true;
  options.output = OutputForm::tanh;
  check("batch norm everywhere", options);
  options.unit = Unit::relu;
  options.output = OutputForm::softplus;
  check("batch norm, relu", options, true);
  options = plain;
  options.hidden = options.discriminator_hidden = {};
  check("linear", options);
}

TEST(Game, CycleGoesThroughGeneratorAndEncoder) {
  Options options = small_options();
  options.cycle_weight = 1.7;
  check("cycle", options);
  check("cycle, sparse x", options, true);
  options.encoder = EncoderKind::deterministic;
  options.batch_norm = true;
  options.output = OutputForm::sigmoid;
  check("cycle, deterministic, batch norm", options, true);
  options.hidden = {};
  check("cycle, linear", options);
}

TEST(Game, PenaltysSecondDerivatives) {
  for (const auto penalty : {Penalty::encoder_pairs, Penalty::both, Penalty::between}) {
    for (const auto unit : {Unit::relu, Unit::leaky_relu, Unit::maxout, Unit::tanh, Unit::softplus}) {
      Options options = small_options();
      options.penalty = penalty;
      options.penalty_every = 2;
      options.discriminator_unit = unit;
      const auto name = std::to_string(static_cast<int>(penalty)) + " " + std::to_string(static_cast<int>(unit));
      check("penalty " + name, options);
      check("penalty, sparse x " + name, options, true);
      options.batch_norm = true;
      options.spectral_norm = true;
      check("penalty, spectral norm " + name, options);
      options.discriminator_hidden = {};
      check("penalty, linear " + name, options);
    }
  }
}

TEST(Game, SpectralNormInBackward) {
  Options options = small_options();
  options.spectral_norm = true;
  check("spectral norm", options);
  options.discriminator_batch_norm = true;
  options.discriminator_unit = Unit::maxout;
  check("spectral norm, batch norm, maxout", options, true);
}

}  // namespace
}  // namespace replearn::bigan
