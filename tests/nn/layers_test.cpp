#include <gtest/gtest.h>

#include "mpi/collectives.hpp"
#include "nn/activation.hpp"
#include "nn/batch_norm.hpp"
#include "nn/dropout.hpp"
#include "nn/elementary.hpp"
#include "nn/gradient_check.hpp"
#include "nn/initializer.hpp"
#include "nn/linear.hpp"
#include "nn/maxout.hpp"
#include "nn/reference.hpp"
#include "support/test_comm.hpp"

namespace replearn::nn {
namespace {

using test::comm;
using test::finite_differences;
using test::normal_batch;
using test::relative_difference;

/// A layer is checked through L = sum of (y * weights), for which dy = weights.
double weighted(const Batch<double>& y, const Batch<double>& weights) {
  return (y.array() * weights.array()).sum();
}

/// This rank's share of the rows, by contiguous pieces.
Batch<double> my_share(const Batch<double>& all) {
  const Index begin = all.rows() * comm().rank() / comm().size(),
              end = all.rows() * (comm().rank() + 1) / comm().size();
  return all.middleRows(begin, end - begin);
}

TEST(Linear, GradientsAreFiniteDifferences) {
  Parameters<double> parameters;
  const Linear<double> layer(parameters, "layer", 4, 3);
  initialize(parameters, layer.weight, 4, Initializer::normal, 1);
  initialize(parameters, layer.bias, 4, Initializer::normal, 1);
  Batch<double> x = normal_batch(5, 4, 2);
  const Batch<double> weights = normal_batch(5, 3, 3);
  const auto loss = [&] {
    Batch<double> y(5, 3);
    layer.forward(parameters, x, y);
    return weighted(y, weights);
  };
  Batch<double> dx(5, 4);
  layer.backward_parameters(parameters, x, weights);
  layer.backward_input(parameters, weights, dx);
  EXPECT_LT(relative_difference(parameters.gradients(), finite_differences(parameters.values(), loss)), 1e-8);
  EXPECT_LT(relative_difference(dx, finite_differences(x, loss)), 1e-8);
}

TEST(Linear, GradientsOfPartsAddUp) {
  Parameters<float> parameters;
  const Linear<float> layer(parameters, "layer", 4, 3);
  const Batch<float> x = normal_batch(6, 4, 2).cast<float>(), dy = normal_batch(6, 3, 3).cast<float>();
  layer.backward_parameters(parameters, x, dy);
  const std::vector<float> whole(parameters.gradients().begin(), parameters.gradients().end());
  parameters.zero_gradients();
  layer.backward_parameters(parameters, x.topRows(2), dy.topRows(2));
  layer.backward_parameters(parameters, x.bottomRows(4), dy.bottomRows(4));
  EXPECT_LT(relative_difference(parameters.gradients(), whole), 1e-6);
}

TEST(Activation, GradientsAreFiniteDifferences) {
  for (const auto kind : {Activation::identity, Activation::relu, Activation::leaky_relu, Activation::tanh,
                          Activation::sigmoid, Activation::softplus}) {
    Batch<double> x = normal_batch(6, 5, 4, 2);
    const Batch<double> weights = normal_batch(6, 5, 5);
    const auto loss = [&] {
      Batch<double> y = x;
      activate<double>(kind, y, 0.1);
      return weighted(y, weights);
    };
    Batch<double> y = x, dx = weights;
    activate<double>(kind, y, 0.1);
    activation_backward<double>(kind, y, dx, 0.1);
    EXPECT_LT(relative_difference(dx, finite_differences(x, loss)), 1e-8) << static_cast<int>(kind);
  }
}

TEST(Activation, Float32IsFloat64ToItsPrecision) {
  Batch<float> x(1, 4001);
  for (Index k = 0; k < x.cols(); ++k) x(0, k) = 0.05f * static_cast<float>(k - 2000);
  for (const auto kind : {Activation::tanh, Activation::sigmoid, Activation::softplus}) {
    Batch<float> y = x;
    Batch<double> expected = x.cast<double>();
    activate<float>(kind, y);
    activate<double>(kind, expected);
    for (Index k = 0; k < x.cols(); ++k) {
      EXPECT_NEAR(y(0, k), expected(0, k), 3e-7 * std::max(1.0, std::abs(expected(0, k)))) << x(0, k);
    }
  }
}

TEST(Elementary, LogGammaIsTheLibrarys) {
  for (const double z : {1e-4, 0.3, 1.0, 2.0, 7.5, 123.4, 1e6}) {
    EXPECT_NEAR(log_gamma(z), std::lgamma(z), 1e-12 * std::max(1.0, std::abs(std::lgamma(z)))) << z;
  }
}

TEST(BatchNorm, BatchOfAllRanksHasMeanZeroAndVarianceOne) {
  Parameters<double> parameters;
  BatchNorm<double> layer(parameters, "norm", 5, 0.1, 0);
  const Batch<double> x = my_share(normal_batch(19, 5, 9, 3));
  Batch<double> y(x.rows(), 5);
  layer.forward(comm(), parameters, x, y);
  Batch<double> sums(2, 5);
  sums.row(0) = y.colwise().sum();
  sums.row(1) = y.array().square().colwise().sum();
  mpi::all_reduce(comm(), std::span<double>(sums.data(), 10), mpi::Reduction::sum);
  for (Index k = 0; k < 5; ++k) {
    EXPECT_NEAR(sums(0, k) / 19, 0, 1e-12);
    EXPECT_NEAR(sums(1, k) / 19, 1, 1e-12);
  }
}

TEST(BatchNorm, GradientsOverRanksAreFiniteDifferences) {
  Batch<double> x = normal_batch(11, 4, 10);
  const Batch<double> weights = normal_batch(11, 4, 11);
  Parameters<double> parameters;
  BatchNorm<double> layer(parameters, "norm", 4);
  initialize(parameters, layer.gamma, 4, Initializer::normal, 1);
  initialize(parameters, layer.beta, 4, Initializer::normal, 1);
  const auto loss = [&] {
    const Batch<double> mine = my_share(x);
    Batch<double> y(mine.rows(), 4);
    layer.forward(comm(), parameters, mine, y);
    return mpi::all_reduce(comm(), weighted(y, my_share(weights)), mpi::Reduction::sum);
  };
  loss();
  Batch<double> dx = my_share(weights);
  layer.backward(comm(), parameters, dx);
  std::vector<double> gradients(parameters.gradients().begin(), parameters.gradients().end());
  mpi::all_reduce(comm(), std::span<double>(gradients), mpi::Reduction::sum);
  EXPECT_LT(relative_difference(gradients, finite_differences(parameters.values(), loss)), 1e-7);
  auto expected = finite_differences(x, loss);
  const Batch<double> mine = my_share(Eigen::Map<Batch<double>>(expected.data(), 11, 4));
  if (mine.size() > 0) {
    EXPECT_LT(relative_difference(dx, mine), 1e-7);
  }
}

TEST(BatchNorm, FewerRowsThanRanksIsNoHarm) {
  Parameters<float> parameters;
  BatchNorm<float> layer(parameters, "norm", 3);
  const Batch<float> x = my_share(normal_batch(2, 3, 12)).cast<float>();
  Batch<float> y(x.rows(), 3);
  layer.forward(comm(), parameters, x, y);
  for (Index i = 0; i < y.size(); ++i) EXPECT_NEAR(std::abs(y.data()[i]), 1, 1e-2);
}

TEST(Maxout, TakesTheGreatestAndGivesItTheGradient) {
  Maxout<double> layer(3);
  Batch<double> x = normal_batch(4, 6, 13);
  const Batch<double> weights = normal_batch(4, 2, 14);
  const auto loss = [&] {
    Batch<double> y(4, 2);
    layer.forward(x, y);
    return weighted(y, weights);
  };
  loss();
  Batch<double> dx(4, 6);
  layer.backward(weights, dx);
  EXPECT_LT(relative_difference(dx, finite_differences(x, loss)), 1e-8);
}

TEST(Dropout, KeepsItsRateAndTheMean) {
  Batch<float> mask(400, 101);
  draw_dropout_mask<float>(7, 3, 0, 0.3, mask);
  const double kept = static_cast<double>((mask.array() > 0).count()) / static_cast<double>(mask.size());
  EXPECT_NEAR(kept, 0.7, 0.01);
  EXPECT_NEAR(mask.mean(), 1, 0.015);
  EXPECT_FLOAT_EQ(mask.maxCoeff(), 1 / 0.7f);
}

TEST(Dropout, MaskIsOfTheRowWhoeverHoldsIt) {
  Batch<float> all(10, 7), part(4, 7), other(10, 7);
  draw_dropout_mask<float>(7, 3, 0, 0.5, all);
  draw_dropout_mask<float>(7, 3, 6, 0.5, part);
  draw_dropout_mask<float>(7, 4, 0, 0.5, other);
  EXPECT_EQ(part, all.bottomRows(4));
  EXPECT_NE(other, all);
}

TEST(Noise, HasItsDeviation) {
  Batch<double> x = Batch<double>::Constant(500, 20, 3);
  add_noise<double>(1, 0, 0, 0.5, x);
  EXPECT_NEAR(x.mean(), 3, 0.02);
  EXPECT_NEAR(std::sqrt((x.array() - 3).square().mean()), 0.5, 0.02);
}

TEST(Initializer, HasTheSpreadOfItsName) {
  const double inputs = 300, outputs = 200;
  const std::vector<std::pair<Initializer, double>> deviations = {
      {Initializer::zeros, 0},
      {Initializer::normal, 1},
      {Initializer::uniform, std::sqrt(1 / 3.0)},
      {Initializer::xavier_uniform, std::sqrt(2 / (inputs + outputs))},
      {Initializer::xavier_normal, std::sqrt(2 / (inputs + outputs))},
      {Initializer::he_uniform, std::sqrt(2 / inputs)},
      {Initializer::he_normal, std::sqrt(2 / inputs)},
      {Initializer::torch_linear, std::sqrt(1 / (3 * inputs))}};
  for (const auto& [kind, deviation] : deviations) {
    Parameters<double> parameters;
    const auto slice = parameters.add("w", 200, 300);
    initialize(parameters, slice, 300, kind, 5);
    const auto w = parameters.matrix(slice).array();
    EXPECT_NEAR(std::sqrt((w - w.mean()).square().mean()), deviation, 0.02 * deviation) << static_cast<int>(kind);
    EXPECT_NEAR(w.mean(), 0, 0.02 * deviation);
  }
}

}  // namespace
}  // namespace replearn::nn
