#include <gtest/gtest.h>

#include <optional>

#include "mpi/collectives.hpp"
#include "nn/activation.hpp"
#include "nn/batch_norm.hpp"
#include "nn/clipping.hpp"
#include "nn/early_stopping.hpp"
#include "nn/gradient_check.hpp"
#include "nn/gradient_sum.hpp"
#include "nn/linear.hpp"
#include "nn/loss.hpp"
#include "nn/maxout.hpp"
#include "nn/optimizer.hpp"
#include "nn/reference.hpp"
#include "nn/schedule.hpp"
#include "support/test_comm.hpp"

namespace replearn::nn {
namespace {

using test::comm;
using test::finite_differences;
using test::Reference;
using test::relative_difference;

/// The network of tests/data/nn/make_reference.py: every layer of the room once. Backward reads upwards.
template <class Scalar>
struct Network {
  Parameters<Scalar> parameters;
  Linear<Scalar> one{parameters, "one", 7, 12};
  BatchNorm<Scalar> norm{parameters, "norm", 12};
  Linear<Scalar> two{parameters, "two", 12, 10};
  Linear<Scalar> three{parameters, "three", 10, 8};
  Maxout<Scalar> maxout{2};
  Linear<Scalar> four{parameters, "four", 4, 6};
  Slice theta = parameters.add("theta", 1, 6);
  Batch<Scalar> h1, h2, h3, h4, y;

  void forward(const mpi::Communicator& ranks, const Batch<Scalar>& x) {
    const Index n = x.rows();
    h1.resize(n, 12), h2.resize(n, 10), h3.resize(n, 8), h4.resize(n, 4), y.resize(n, 6);
    one.forward(parameters, x, h1);
    norm.forward(ranks, parameters, h1, h1);
    activate<Scalar>(Activation::leaky_relu, h1, Scalar(0.1));
    two.forward(parameters, h1, h2);
    activate<Scalar>(Activation::tanh, h2);
    three.forward(parameters, h2, h3);
    maxout.forward(h3, h4);
    four.forward(parameters, h4, y);
  }

  /// The sum over my rows of the loss; gradients of scale times the sum over all rows; dx of mine.
  double loss_and_gradients(const mpi::Communicator& ranks, const Batch<Scalar>& x, const Batch<Scalar>& counts,
                            Scalar scale, Batch<Scalar>& dx) {
    const Index n = x.rows();
    forward(ranks, x);
    parameters.zero_gradients();
    GradientSum<Scalar> sum(ranks, parameters, Sharding::replicated, 40);
    Batch<Scalar> dy(n, 6), d4(n, 4), d3(n, 8), d2(n, 10), d1(n, 12);
    dx.resize(n, 7);
    const Batch<Scalar> log_theta = parameters.matrix(theta);
    const double loss = negative_binomial_loss<Scalar>(y, log_theta, counts, scale, dy, parameters.gradient(theta));
    sum.start(theta);
    four.backward_parameters(parameters, h4, dy);
    sum.start(four.whole());
    four.backward_input(parameters, dy, d4);
    maxout.backward(d4, d3);
    three.backward_parameters(parameters, h2, d3);
    sum.start(three.whole());
    three.backward_input(parameters, d3, d2);
    activation_backward<Scalar>(Activation::tanh, h2, d2);
    two.backward_parameters(parameters, h1, d2);
    sum.start(two.whole());
    two.backward_input(parameters, d2, d1);
    activation_backward<Scalar>(Activation::leaky_relu, h1, d1, Scalar(0.1));
    norm.backward(ranks, parameters, d1);
    sum.start(norm.whole());
    one.backward_parameters(parameters, x, d1);
    sum.start(one.whole());
    one.backward_input(parameters, d1, dx);
    sum.wait();
    return mpi::all_reduce(ranks, loss, mpi::Reduction::sum);
  }

  /// With running statistics instead of the batch's.
  void evaluate(const Batch<Scalar>& x) {
    one.forward(parameters, x, h1);
    norm.apply(parameters, h1, h1);
    activate<Scalar>(Activation::leaky_relu, h1, Scalar(0.1));
    two.forward(parameters, h1, h2);
    activate<Scalar>(Activation::tanh, h2);
    three.forward(parameters, h2, h3);
    maxout.forward(h3, h4);
    four.forward(parameters, h4, y);
  }
};

template <class Scalar>
Batch<Scalar> my_share(const Batch<Scalar>& all) {
  const Index begin = all.rows() * comm().rank() / comm().size(),
              end = all.rows() * (comm().rank() + 1) / comm().size();
  return all.middleRows(begin, end - begin);
}

template <class Scalar>
void set_parameters(Network<Scalar>& network, const Reference& reference) {
  const auto& values = reference["network.parameters"];
  ASSERT_EQ(static_cast<Index>(values.size()), network.parameters.size());
  std::transform(values.begin(), values.end(), network.parameters.values().begin(),
                 [](double v) { return static_cast<Scalar>(v); });
}

/// PyTorch's loss and gradients of the same weights and batch, the batch dealt out over however many ranks there are.
template <class Scalar>
void expect_reference(double tolerance) {
  const Reference reference;
  Network<Scalar> network;
  set_parameters(network, reference);
  const auto x = my_share(reference.batch<Scalar>("network.x", 7));
  const auto counts = my_share(reference.batch<Scalar>("network.counts", 6));
  Batch<Scalar> dx;
  const double loss = network.loss_and_gradients(comm(), x, counts, Scalar(1.0 / (23 * 6)), dx) / (23 * 6);
  const double expected = reference["network.loss"].at(0);
  EXPECT_NEAR(loss, expected, tolerance * expected);
  EXPECT_LT(relative_difference(network.parameters.gradients(), reference["network.gradients"]), tolerance);
  const Batch<double> expected_dx = my_share(reference.batch<double>("network.dx", 7));
  EXPECT_LT(relative_difference(dx, expected_dx), tolerance);
  EXPECT_LT(relative_difference(network.norm.running_mean, reference["network.running_mean"]), tolerance);
  EXPECT_LT(relative_difference(network.norm.running_variance, reference["network.running_variance"]), tolerance);
  network.evaluate(x);
  const Batch<double> evaluated = my_share(reference.batch<double>("network.evaluated", 6));
  EXPECT_LT(relative_difference(network.y, evaluated), tolerance);
}

TEST(WholeModel, LossAndGradientsArePyTorchsInFloat64OnAnyRanks) {
  expect_reference<double>(1e-9);
}

TEST(WholeModel, LossAndGradientsArePyTorchsInFloat32OnAnyRanks) {
  expect_reference<float>(1e-5);
}

TEST(WholeModel, GradientsAreFiniteDifferences) {
  const Reference reference;
  Network<double> network;
  set_parameters(network, reference);
  const auto x = my_share(reference.batch<double>("network.x", 7));
  const auto counts = my_share(reference.batch<double>("network.counts", 6));
  Batch<double> dx, unused;
  network.loss_and_gradients(comm(), x, counts, 1, dx);
  const std::vector<double> gradients(network.parameters.gradients().begin(), network.parameters.gradients().end());
  const auto expected = finite_differences(network.parameters.values(),
                                           [&] { return network.loss_and_gradients(comm(), x, counts, 1, unused); });
  EXPECT_LT(relative_difference(gradients, expected), 1e-6);
}

TEST(GradientSum, SumsEveryPieceOnceAndIsTheSameOnEveryRank) {
  Parameters<float> parameters;
  std::vector<Slice> pieces;
  for (const Index size : {300, 1, 70, 2000, 5}) pieces.push_back(parameters.add("piece", 1, size));
  for (Index i = 0; i < parameters.size(); ++i) {
    parameters.gradients()[static_cast<std::size_t>(i)] = 0.1f * static_cast<float>(i * (comm().rank() + 1));
  }
  const Index kept = comm().message_limit();
  comm().set_message_limit(64);
  GradientSum<float> sum(comm(), parameters, Sharding::replicated, 100);
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    sum.start(*piece);
    sum.poll();
  }
  sum.wait();
  comm().set_message_limit(kept);
  const double ranks = comm().size() * (comm().size() + 1) / 2.0;
  for (Index i = 0; i < parameters.size(); ++i) {
    const double expected = 0.1 * static_cast<double>(i) * ranks;
    EXPECT_NEAR(parameters.gradients()[static_cast<std::size_t>(i)], expected, 1e-6 * expected);
  }
  const std::vector<float> mine(parameters.gradients().begin(), parameters.gradients().end());
  EXPECT_EQ(mine, mpi::broadcast(comm(), mine)) << "to the bit";
}

/// Three steps of Adam by each rank for itself, or dealt to the ranks of the node, from the same gradients.
std::vector<float> after_three_steps(Sharding deal) {
  Parameters<float> parameters;
  for (const Index size : {300, 1, 70, 2000, 5}) parameters.add("piece", 1, size);
  for (Index i = 0; i < parameters.size(); ++i) {
    parameters.values()[static_cast<std::size_t>(i)] = 0.01f * static_cast<float>(i % 7);
  }
  GradientSum<float> sum(comm(), parameters, deal, 100);
  Optimizer<float> adam({}, sum.shard().size());
  for (int step = 0; step < 3; ++step) {
    // Multiples of 1/64 of few digits: their sums are exact in any order.
    for (Index i = 0; i < parameters.size(); ++i) {
      parameters.gradients()[static_cast<std::size_t>(i)] =
          static_cast<float>((i * (step + 3)) % 64 * (comm().rank() + 1)) / 64;
    }
    for (auto piece = parameters.slices().rbegin(); piece != parameters.slices().rend(); ++piece) sum.start(*piece);
    sum.wait();
    const auto gradient = sum.whole_gradient();
    const auto ranks = static_cast<float>(comm().size() * (comm().size() + 1)) / 2;
    double squares = 0;
    for (Index i = 0; i < parameters.size(); ++i) {
      const float expected = static_cast<float>((i * (step + 3)) % 64) * ranks / 64;
      EXPECT_EQ(gradient[static_cast<std::size_t>(i)], expected) << i;
      squares += static_cast<double>(expected) * static_cast<double>(expected);
    }
    EXPECT_NEAR(sum.squared_norm(), squares, 1e-12 * squares);
    adam.step(sum.shard_values(), sum.shard_gradients());
    sum.publish();
  }
  const auto moments = sum.gather_shards(adam.first_moment());
  std::vector<float> all(parameters.values().begin(), parameters.values().end());
  all.insert(all.end(), moments.begin(), moments.end());
  std::vector<float> mine;
  sum.extract_shard(moments, mine);
  EXPECT_EQ(mine, adam.first_moment());
  return all;
}

TEST(GradientSum, AStepDealtToTheRanksOfANodeIsTheStep) {
  const auto expected = after_three_steps(Sharding::replicated);
  EXPECT_EQ(after_three_steps(Sharding::sharded), expected);
  EXPECT_EQ(expected, mpi::broadcast(comm(), expected)) << "to the bit";
}

TEST(GradientSum, ParametersComeBackFromTheWindowAndCopiesHaveMemoryOfTheirOwn) {
  Parameters<float> parameters;
  const Slice piece = parameters.add("piece", 1, 100);
  std::optional<Parameters<float>> copy;
  {
    GradientSum<float> sum(comm(), parameters, Sharding::sharded);
    copy.emplace(parameters);
    mpi::barrier(comm());
    for (float& value : sum.shard_values()) value = 2;
    sum.publish();
    EXPECT_EQ(parameters.matrix(piece).sum(), 200);
    EXPECT_EQ(copy->matrix(piece).sum(), 0);
  }
  EXPECT_EQ(parameters.matrix(piece).sum(), 200);
  parameters.matrix(piece).setConstant(static_cast<float>(comm().rank()));
  mpi::barrier(comm());
  EXPECT_EQ(parameters.matrix(piece).sum(), 100 * comm().rank());
}

TEST(Optimizer, FollowsPyTorch) {
  const Reference reference;
  OptimizerOptions sgd{.rule = Rule::sgd, .learning_rate = 0.01}, momentum = sgd;
  momentum.momentum = 0.9, momentum.weight_decay = 0.1;
  OptimizerOptions rmsprop{.rule = Rule::rmsprop, .learning_rate = 0.01}, rmsprop_momentum = rmsprop;
  rmsprop.weight_decay = 0.1, rmsprop_momentum.momentum = 0.5;
  OptimizerOptions adam{.rule = Rule::adam, .learning_rate = 0.05}, adam_l2 = adam, adamw = adam;
  adam_l2.weight_decay = adamw.weight_decay = 0.1, adamw.rule = Rule::adamw;
  const std::vector<std::pair<std::string, OptimizerOptions>> rules = {
      {"sgd", sgd},   {"momentum", momentum}, {"rmsprop", rmsprop}, {"rmsprop_momentum", rmsprop_momentum},
      {"adam", adam}, {"adam_l2", adam_l2},   {"adamw", adamw}};
  for (const auto& [name, options] : rules) {
    auto x = reference["optimizer.start"];
    const auto& target = reference["optimizer.target"];
    std::vector<double> gradient(x.size());
    Optimizer<double> optimizer(options, static_cast<Index>(x.size()));
    for (int step = 0; step < 12; ++step) {
      for (std::size_t i = 0; i < x.size(); ++i) gradient[i] = 2 * std::pow(x[i] - target[i], 3);
      optimizer.step(x, std::span<const double>(gradient), 1, 2);  // the other half of 4 (x - target)^3
    }
    EXPECT_LT(relative_difference(x, reference["optimizer." + name]), 1e-12) << name;
  }
}

TEST(Optimizer, L1DrivesSmallWeightsToZero) {
  OptimizerOptions options{.rule = Rule::sgd, .learning_rate = 0.1};
  options.l1 = 0.5;
  std::vector<double> x = {1, -0.02}, gradient = {0, 0};
  Optimizer<double> optimizer(options, 2);
  optimizer.step(x, std::span<const double>(gradient));
  EXPECT_DOUBLE_EQ(x[0], 0.95);
  EXPECT_DOUBLE_EQ(x[1], 0.03);
}

TEST(Optimizer, GoesOnFromItsState) {
  const OptimizerOptions options{.rule = Rule::adam, .learning_rate = 0.05};
  std::vector<float> x = {1, 2, 3};
  Optimizer<float> first(options, 3);
  const auto step = [&x](Optimizer<float>& optimizer) {
    const std::vector<float> gradient = {x[0], 2 * x[1], -x[2]};
    optimizer.step(x, std::span<const float>(gradient));
  };
  for (int i = 0; i < 3; ++i) step(first);
  const auto kept = x;
  Optimizer<float> second(options, 3);
  second.first_moment() = first.first_moment();
  second.second_moment() = first.second_moment();
  second.set_steps(first.steps());
  for (int i = 0; i < 3; ++i) step(first);
  const auto expected = x;
  x = kept;
  for (int i = 0; i < 3; ++i) step(second);
  EXPECT_EQ(x, expected);
}

TEST(Schedule, BeginsAndEndsWhereItSays) {
  for (const auto kind : {Schedule::linear, Schedule::cosine, Schedule::exponential}) {
    const ScheduleOptions options{kind, 10, 0.1};
    EXPECT_DOUBLE_EQ(rate_factor(options, 4, 100), 0.5);
    EXPECT_DOUBLE_EQ(rate_factor(options, 10, 100), 1);
    EXPECT_NEAR(rate_factor(options, 99, 100), 0.1, 1e-12);
    for (Index step = 11; step < 100; ++step) {
      EXPECT_LT(rate_factor(options, step, 100), rate_factor(options, step - 1, 100));
    }
  }
  EXPECT_EQ(rate_factor({}, 50, 100), 1);
}

TEST(Clipping, ShortensWhatIsTooLong) {
  const std::vector<float> gradient = {3, 4};
  const double norm = std::sqrt(squared_norm(std::span<const float>(gradient)));
  EXPECT_DOUBLE_EQ(norm, 5);
  EXPECT_DOUBLE_EQ(clipping_factor(norm, 2.5), 0.5);
  EXPECT_DOUBLE_EQ(clipping_factor(norm, 6), 1);
  EXPECT_DOUBLE_EQ(clipping_factor(norm, 0), 1);
}

TEST(EarlyStopping, StopsAfterLooksWithoutGain) {
  EarlyStopping stopping(2, 0.01);
  EXPECT_TRUE(stopping.is_best(1.0));
  EXPECT_TRUE(stopping.is_best(0.9));
  EXPECT_FALSE(stopping.is_best(0.895));  // not by a hundredth
  EXPECT_FALSE(stopping.should_stop());
  EXPECT_FALSE(stopping.is_best(std::nan("")));
  EXPECT_TRUE(stopping.should_stop());
  EXPECT_EQ(stopping.best(), 0.9);
}

}  // namespace
}  // namespace replearn::nn
