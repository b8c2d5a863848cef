#include <gtest/gtest.h>

#include "methods/factorize/pass.hpp"
#include "nn/gradient_check.hpp"
#include "nn/reference.hpp"

namespace replearn::factorize {
namespace {

using test::finite_differences;
using test::normal_batch;
using test::Reference;
using test::relative_difference;

struct Problem {
  Network<double> network;
  nn::Batch<double> samples = normal_batch(5, 2, 1), genes = normal_batch(4, 3, 2);
  Entries<double> entries;
  std::vector<Index> gene_of = {6, 0, 3, 1};
  Dropout dropout;
  Pass<double> pass;

  explicit Problem(Shape shape) {
    shape.sample_dims = 2, shape.gene_dims = 3, shape.hidden = {7, 5, 4}, shape.genes = 8;
    network = Network<double>(shape);
    network.low = -1, network.high = 4;
    network.initialize(nn::Initializer::torch_linear, 3, 1.5);
    RandomStream stream(4, Purpose::test, 0);
    for (auto& value : network.parameters.values()) value += 0.3 * stream.normal();
    for (int t = 0; t < 300; ++t) {  // more than a tile, pairs in no order
      entries.sample.push_back(static_cast<std::int32_t>(stream.below(5)));
      entries.gene.push_back(static_cast<std::int32_t>(stream.below(4)));
      entries.x.push_back(stream.below(4));
      entries.number.push_back(static_cast<std::uint32_t>(t));
    }
  }
  double loss() {
    pass.begin(network, samples, genes);
    if (dropout.rate == 0) {
      std::vector<std::decay_t<decltype(entries.x.front())>> ignored;
      return pass.predict_with_loss(network, entries, gene_of, ignored);
    }
    return pass.add_gradients(network, entries, gene_of, dropout);
  }
  void expect_finite_differences() {
    nn::Batch<double> dsamples(5, 2), dgenes(4, 3);
    network.parameters.zero_gradients();
    pass.begin(network, samples, genes);
    pass.add_gradients(network, entries, gene_of, dropout);
    pass.finish(network, samples, genes, dsamples, dgenes);
    const std::vector<double> gradients(network.parameters.gradients().begin(), network.parameters.gradients().end());
    const auto f = [this] { return loss(); };
    EXPECT_LT(relative_difference(gradients, finite_differences(network.parameters.values(), f)), 1e-7);
    EXPECT_LT(relative_difference(dsamples, finite_differences(samples, f)), 1e-7);
    EXPECT_LT(relative_difference(dgenes, finite_differences(genes, f)), 1e-7);
  }
};

TEST(Pass, GradientsAreFiniteDifferencesForEveryLossAndActivation) {
  for (const auto activation : {nn::Activation::relu, nn::Activation::tanh, nn::Activation::softplus}) {
    for (const auto loss : {Loss::mse, Loss::poisson, Loss::negative_binomial}) {
      Problem problem({.activation = activation, .loss = loss});
      problem.expect_finite_differences();
    }
    Problem squashed({.activation = activation, .output = Output::sigmoid});
    squashed.expect_finite_differences();
  }
}

TEST(Pass, GradientsAreFiniteDifferencesUnderDropout) {
  for (const auto activation : {nn::Activation::relu, nn::Activation::tanh}) {
    Problem problem({.activation = activation});
    problem.dropout = {0.4, 11, 5};
    problem.expect_finite_differences();
  }
}

TEST(Pass, FrozenLeavesTheNetworkAloneAndSamplesTheirGradient) {
  Problem problem({.loss = Loss::negative_binomial});
  nn::Batch<double> dsamples(5, 2), dgenes(4, 3), frozen(5, 2);
  problem.pass.begin(problem.network, problem.samples, problem.genes);
  problem.pass.add_gradients(problem.network, problem.entries, problem.gene_of, {});
  problem.pass.finish_samples(problem.network, dsamples);
  problem.network.parameters.zero_gradients();
  problem.pass.begin(problem.network, problem.samples, problem.genes);
  problem.pass.add_gradients(problem.network, problem.entries, problem.gene_of, {}, true);
  problem.pass.finish_samples(problem.network, frozen);
  EXPECT_EQ(frozen, dsamples);
  for (const double g : problem.network.parameters.gradients()) EXPECT_EQ(g, 0);
}

/// All entries of the reference's matrix, as one batch.
template <class Scalar>
void expect_reference(const std::string& name, Shape shape, double tolerance) {
  const Reference reference("factorize");
  shape.sample_dims = 2, shape.gene_dims = 3, shape.hidden = {8, 6, 4}, shape.genes = 9;
  Network<Scalar> network(shape);
  const auto& values = reference[name + ".network"];
  ASSERT_EQ(static_cast<Index>(values.size()), network.parameters.size());
  std::transform(values.begin(), values.end(), network.parameters.values().begin(),
                 [](double v) { return static_cast<Scalar>(v); });
  const auto x = reference.batch<Scalar>(shape.loss == Loss::mse ? "x" : "counts", 9);
  network.low = x.minCoeff(), network.high = x.maxCoeff();
  const auto samples = reference.batch<Scalar>(name + ".samples", 2),
             genes = reference.batch<Scalar>(name + ".genes", 3);
  Entries<Scalar> entries;
  std::vector<Index> gene_of;
  for (Index j = 0; j < 9; ++j) gene_of.push_back(j);
  for (Index i = 0; i < 13; ++i) {
    for (Index j = 0; j < 9; ++j) {
      entries.sample.push_back(static_cast<std::int32_t>(i));
      entries.gene.push_back(static_cast<std::int32_t>(j));
      entries.x.push_back(x(i, j));
      entries.number.push_back(0);
    }
  }
  Pass<Scalar> pass;
  nn::Batch<Scalar> dsamples(13, 2), dgenes(9, 3);
  pass.begin(network, samples, genes);
  const double loss = pass.add_gradients(network, entries, gene_of, {}) / (13 * 9);
  pass.finish(network, samples, genes, dsamples, dgenes);
  const auto scaled = [](const auto& gradient) {
    std::vector<double> numbers;
    for (Index i = 0; i < static_cast<Index>(gradient.size()); ++i) {
      numbers.push_back(static_cast<double>(gradient.data()[i]) / (13 * 9));
    }
    return numbers;
  };
  const double expected = reference[name + ".losses"].front();
  EXPECT_NEAR(loss, expected, tolerance * expected) << name;
  EXPECT_LT(relative_difference(scaled(network.parameters.gradients()), reference[name + ".dnetwork"]), tolerance)
      << name;
  EXPECT_LT(relative_difference(scaled(dsamples), reference[name + ".dsamples"]), tolerance) << name;
  EXPECT_LT(relative_difference(scaled(dgenes), reference[name + ".dgenes"]), tolerance) << name;
}

TEST(Pass, LossAndGradientsArePyTorchsOfConcatenatedEmbeddings) {
  expect_reference<double>("mse", {}, 1e-10);
  expect_reference<double>("sigmoid", {.output = Output::sigmoid}, 1e-10);
  expect_reference<double>("poisson", {.loss = Loss::poisson}, 1e-10);
  expect_reference<double>("negative_binomial", {.loss = Loss::negative_binomial}, 1e-10);
  expect_reference<float>("mse", {}, 1e-5);
  expect_reference<float>("sigmoid", {.output = Output::sigmoid}, 1e-5);
  expect_reference<float>("poisson", {.loss = Loss::poisson}, 1e-5);
  expect_reference<float>("negative_binomial", {.loss = Loss::negative_binomial}, 1e-5);
}

}  // namespace
}  // namespace replearn::factorize
