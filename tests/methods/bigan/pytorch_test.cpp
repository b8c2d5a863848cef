#include <gtest/gtest.h>

#include "methods/bigan/game.hpp"
#include "nn/optimizer.hpp"
#include "nn/reference.hpp"
#include "support/test_comm.hpp"

namespace replearn::bigan {
namespace {

using test::comm;
using test::Reference;
using test::relative_difference;

Options options_of(const std::string& name) {
  Options options;
  options.latent = 3, options.hidden = {7, 4}, options.discriminator_hidden = {6, 5};
  options.penalty_weight = 0.7;
  options.optimizer.learning_rate = 0.01, options.optimizer.beta1 = 0.5, options.optimizer.beta2 = 0.99;
  if (name == "ali") {
    options.penalty = Penalty::both;
    options.discriminator_unit = Unit::maxout;
  } else if (name == "bigan") {
    options.encoder = EncoderKind::deterministic;
    options.generator_loss = GeneratorLoss::saturating;
    options.label_smoothing = 0.1;
    options.unit = Unit::relu;
    options.batch_norm = false;
    options.spectral_norm = true;
  } else if (name == "between") {
    options.penalty = Penalty::between;
    options.unit = options.discriminator_unit = Unit::tanh;
    options.batch_norm = false;
  } else if (name == "alice") {
    options.cycle_weight = 1.7;
  } else {
    options.penalty = Penalty::encoder_pairs;
    options.generator_loss = GeneratorLoss::saturating;
    options.unit = Unit::maxout, options.discriminator_unit = Unit::softplus;
  }
  return options;
}

template <class Scalar>
void copy(const std::vector<double>& from, std::span<Scalar> to) {
  ASSERT_EQ(from.size(), to.size());
  std::transform(from.begin(), from.end(), to.begin(), [](double v) { return static_cast<Scalar>(v); });
}

/// A whole step, in double and in float.
template <class Scalar>
void follow(const std::string& name, double tolerance) {
  const Reference reference("bigan");
  const Options options = options_of(name);
  Game<Scalar> game(options, 5);
  copy(reference[name + ".discriminator"], game.discriminator_weights.values());
  copy(reference[name + ".encoder_generator"], game.encoder_generator.parameters.values());
  if (options.spectral_norm) copy(reference[name + ".u"], std::span<Scalar>(game.spectral.left_vectors()));
  Draws<Scalar> draws;
  draws.x = reference.batch<Scalar>(name + ".x", 5);
  draws.z = reference.batch<Scalar>(name + ".z", 3);
  draws.noise = reference.batch<Scalar>(name + ".noise", 3);
  draws.interpolation = reference.batch<Scalar>(name + ".between", 1);
  const auto near = [&](double ours, const std::string& key) {
    EXPECT_NEAR(ours, reference[name + key].front(), tolerance * std::abs(reference[name + key].front()))
        << name << key;
  };
  const auto alike = [&](std::span<const Scalar> ours, const std::string& key) {
    EXPECT_LT(relative_difference(ours, reference[name + key]), tolerance) << name << key;
  };

  game.make_pairs(comm(), draws);
  const bool penalize = options.penalty != Penalty::none;
  const auto made = game.discriminator_gradients(comm(), draws, 6, penalize);
  near(made.loss / 6, ".discriminator_loss");
  if (penalize) near(made.gradient, ".penalty");
  alike(game.discriminator_weights.gradients(), ".ddiscriminator");
  nn::Optimizer<Scalar> discriminator_optimizer(options.optimizer, game.discriminator_weights.size());
  discriminator_optimizer.step(game.discriminator_weights.values(),
                               std::as_const(game.discriminator_weights).gradients());
  alike(game.discriminator_weights.values(), ".new_discriminator");

  auto& encoder_generator = game.encoder_generator.parameters;
  near(game.generator_gradients(comm(), draws, 6) / 6, ".encoder_generator_loss");
  alike(encoder_generator.gradients(), ".dencoder_generator");
  nn::Optimizer<Scalar> generator_optimizer(options.optimizer, encoder_generator.size());
  // Biases before batch normalization have gradients that are 0 but for rounding, and Adam makes steps of any of them.
  if (!options.batch_norm) {
    generator_optimizer.step(encoder_generator.values(), std::as_const(encoder_generator).gradients());
    alike(encoder_generator.values(), ".new_encoder_generator");
  }
}

TEST(Step, IsPyTorchs) {
  for (const auto* name : {"ali", "bigan", "between", "r1", "alice"}) {
    follow<double>(name, 1e-9);
    follow<float>(name, 3e-4);
  }
}

}  // namespace
}  // namespace replearn::bigan
