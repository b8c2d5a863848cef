#include "nn/mlp.hpp"

#include <gtest/gtest.h>

#include "nn/gradient_check.hpp"
#include "nn/input_layer.hpp"
#include "nn/reference.hpp"
#include "support/test_comm.hpp"

namespace replearn::nn {
namespace {

using test::finite_differences;
using test::normal_batch;
using test::relative_difference;

constexpr Index rows = 7, inputs = 5;

/// A perceptron with a dense first layer, alone on its rank.
struct Network {
  Network(const MlpShape& shape, std::uint64_t seed) {
    std::vector<std::string> names;
    for (std::size_t k = 0; k <= shape.hidden.size(); ++k) names.push_back(std::to_string(k));
    first = InputLayer<double>(parameters, names[0], inputs, shape.first_width());
    mlp = Mlp<double>(parameters, names, shape);
    initialize(parameters, first.weight, inputs, Initializer::torch_linear, seed, 2);
    mlp.initialize(parameters, Initializer::torch_linear, seed, 2);
  }
  const Batch<double>& forward(const Batch<double>& x) {
    first.forward(parameters, x, mlp.first(x.rows()));
    return mlp.forward(alone, parameters, dropout, false);
  }
  void backward(const Batch<double>& x, const Batch<double>& dy) {
    parameters.zero_gradients();
    finished.clear();
    mlp.backward(alone, parameters, dy, [&](const Slice& piece) { finished.push_back(piece); });
    first.backward_parameters(parameters, x, mlp.first_gradient());
    finished.push_back(first.whole());
  }

  mpi::Communicator alone = test::comm().split(test::comm().rank());
  Parameters<double> parameters;
  InputLayer<double> first;
  Mlp<double> mlp;
  Dropout dropout;
  std::vector<Slice> finished;
};

std::vector<MlpShape> shapes() {
  MlpShape norm{.hidden = {6, 4}, .outputs = 3};
  norm.batch_norm = true;
  MlpShape maxout{.hidden = {6, 4, 5}, .outputs = 2, .activation = Activation::identity, .slope = 0, .pieces = 3};
  return {{.hidden = {}, .outputs = 3},
          {.hidden = {6}, .outputs = 3, .activation = Activation::tanh},
          {.hidden = {6, 4}, .outputs = 0, .activation = Activation::softplus},
          {.hidden = {6, 4, 5}, .outputs = 1, .activation = Activation::leaky_relu, .slope = 0.2},
          norm,
          maxout};
}

/// With and without dropout; pieces of the flat array are complete from its end to its beginning, each once.
TEST(Mlp, GradientsAreFiniteDifferences) {
  const std::vector<std::uint64_t> places = {4, 0, 9, 3, 1, 2, 11};
  const Batch<double> x = normal_batch(rows, inputs, 1);
  for (const auto& shape : shapes()) {
    for (const double rate : {0.0, 0.3}) {
      Network network(shape, 3);
      network.dropout = {rate, 5, 2, places};
      const Batch<double> weights = normal_batch(rows, network.forward(x).cols(), 2);
      network.backward(x, weights);
      const std::vector<double> gradients(network.parameters.gradients().begin(), network.parameters.gradients().end());
      const auto expected = finite_differences(network.parameters.values(),
                                               [&] { return network.forward(x).cwiseProduct(weights).sum(); });
      EXPECT_LT(relative_difference(gradients, expected), 1e-6) << shape.hidden.size() << " layers, dropout " << rate;
      Index end = network.parameters.size();
      for (const auto& piece : network.finished) {
        EXPECT_EQ(piece.end(), end);
        end = piece.offset;
      }
      EXPECT_EQ(end, 0);
    }
  }
}

TEST(Mlp, AppliedItGivesWhatItGaveInTraining) {
  const Batch<double> x = normal_batch(rows, inputs, 1);
  for (const auto& shape : shapes()) {
    if (shape.batch_norm) continue;  // running statistics instead of the batch's
    Network network(shape, 3);
    Batch<double> a(rows, shape.first_width());
    network.first.forward(network.parameters, x, a);
    network.mlp.apply(network.parameters, a);
    EXPECT_EQ(a, network.forward(x));
    EXPECT_EQ(network.mlp.result(), a);
  }
}

/// The first half of the penalty: the gradient with respect to the outputs of the first layer.
TEST(Mlp, GradientOfTheOutputIsThatOfBackward) {
  const Batch<double> x = normal_batch(rows, inputs, 1);
  Network network({.hidden = {6, 4}, .outputs = 1, .activation = Activation::tanh}, 3);
  network.forward(x);
  network.backward(x, Batch<double>::Ones(rows, 1));
  const Batch<double> expected = network.mlp.first_gradient().middleRows(2, 4);
  EXPECT_LT((network.mlp.gradient_of_output(network.parameters, 2, 4) - expected).norm(), 1e-14);
}

}  // namespace
}  // namespace replearn::nn
