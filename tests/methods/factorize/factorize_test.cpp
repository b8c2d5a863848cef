#include "methods/factorize/factorize.hpp"

#include <gtest/gtest.h>

#include <variant>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "nn/reference.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::factorize {
namespace {

using test::comm;
using test::random_rows;
using test::Reference;
using test::relative_difference;

/// x_ij = sum over k of a_ik b_jk, tanh of each, and noise of this deviation. The factors have two dimensions.
RowMatrix low_rank(Index n, Index m, double noise, std::uint64_t seed) {
  const RowMatrix a = random_rows(n, 2, seed), b = random_rows(m, 2, seed + 1), e = random_rows(n, m, seed + 2);
  return (2 * (a * b.transpose()).array().tanh()).matrix() + static_cast<float>(noise) * e;
}

Options small_options() {
  Options options;
  options.hidden = {16, 8};
  options.batch_samples = 16, options.batch_genes = 20;
  options.epochs = 3;
  options.optimizer.learning_rate = 0.01;
  options.seed = 4;
  return options;
}

/// The state's arrays by name, to be set in tests.
template <class T>
T& array(NamedArrays& arrays, const std::string& name) {
  for (auto& one : arrays) {
    if (one.name == name) return *std::get<T*>(one.place);
  }
  throw std::runtime_error("no array " + name);
}

std::vector<float> narrow(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

/// PyTorch's twenty steps of Adam from the same start on the whole matrix, over however many ranks there are.
TEST(State, FollowsPyTorchsTraining) {
  const Reference reference("factorize");
  const auto run = [&](const std::string& name, const Options& with) {
    Options options = with;
    options.sample_dims = 2, options.gene_dims = 3, options.hidden = {8, 6, 4};
    options.batch_samples = options.batch_genes = 0;
    options.epochs = 20, options.holdout = 0;
    options.optimizer.learning_rate = 0.01, options.optimizer.weight_decay = 1e-3;
    const RowMatrix whole = reference.batch<float>(options.loss == Loss::mse ? "x" : "counts", 9);
    const Matrix x(my_rows_of(whole, comm()));
    State state(comm(), x, options);
    auto arrays = state.arrays();
    const auto network = narrow(reference[name + ".network"]);
    array<RowMatrix>(arrays, "values/network") =
        Eigen::Map<const RowMatrix>(network.data(), 1, static_cast<Index>(network.size()));
    array<RowMatrix>(arrays, "values/genes") = reference.batch<float>(name + ".genes", 3);
    array<RowMatrix>(arrays, "values/samples") = my_rows_of(reference.batch<float>(name + ".samples", 2), comm()).local;
    state.resume();
    std::vector<float> shared;
    RowMatrix dsamples;
    const double loss = state.gradients(shared, dsamples);
    auto expected = reference[name + ".dnetwork"];
    const auto& dgenes = reference[name + ".dgenes"];
    expected.insert(expected.end(), dgenes.begin(), dgenes.end());
    EXPECT_NEAR(loss, reference[name + ".losses"].front(), 1e-5 * loss) << name;
    EXPECT_LT(relative_difference(shared, expected), 1e-5) << name;
    state.run_until(20);
    EXPECT_LT(relative_difference(state.curves().training_loss, reference[name + ".losses"]), 2e-5) << name;
    const RowMatrix trained = all_gather_rows(comm(), state.samples());
    EXPECT_LT(relative_difference(trained, reference[name + ".trained_samples"]), 1e-4) << name;
  };
  run("mse", {});
  run("sigmoid", {.output = Output::sigmoid});
  run("poisson", {.loss = Loss::poisson});
  run("negative_binomial", {.loss = Loss::negative_binomial});
}

/// The stated tolerance: gradients on p ranks are those on one to 1e-5 of the largest; after 100 steps losses agree to
/// 1e-3. Dropout and noise are drawn by entry, so they are the same.
TEST(State, ManyRanksAreOneToTheTolerance) {
  const RowMatrix whole = low_rank(160, 60, 0.1, 7);
  const auto alone = comm().split(comm().rank());
  for (const auto kind : {BatchKind::block, BatchKind::pairs}) {
    Options options = small_options();
    options.batch = kind;
    options.batch_pairs = 500;
    options.dropout = 0.1, options.embedding_noise = 0.05, options.clip = 0.5;
    options.optimizer.weight_decay = 1e-4, options.optimizer.l1 = 1e-5;
    options.steps = 100;
    const Matrix mine(my_rows_of(whole, comm())), all(my_rows_of(whole, alone));
    State state(comm(), mine, options), lonely(alone, all, options);
    std::vector<float> shared, lonely_shared;
    RowMatrix dsamples, lonely_dsamples;
    const double loss = state.gradients(shared, dsamples);
    EXPECT_NEAR(loss, lonely.gradients(lonely_shared, lonely_dsamples), 1e-6 * loss);
    EXPECT_LT(relative_difference(shared, lonely_shared), 1e-5);
    EXPECT_LT(relative_difference(all_gather_rows(comm(), my_rows_of(lonely_dsamples, comm())), lonely_dsamples), 1e-5);
    EXPECT_EQ(shared, mpi::broadcast(comm(), shared)) << "to the bit on all ranks";
    state.run_until(100);
    lonely.run_until(100);
    EXPECT_LT(relative_difference(state.curves().training_loss, lonely.curves().training_loss), 1e-3);
    const RowMatrix& genes = state.model().genes;
    const std::vector<float> numbers(genes.data(), genes.data() + genes.size());
    EXPECT_EQ(numbers, mpi::broadcast(comm(), numbers)) << "after training too";
  }
}

/// Low-rank data with known factors: what can be explained is 1 - noise^2 / variance, the ceiling of held-out R^2.
TEST(State, FindsLowRankStructureUpToTheNoise) {
  const double noise = 0.3;
  const RowMatrix whole = low_rank(300, 120, noise, 20);
  Options options;
  options.sample_dims = options.gene_dims = 4;
  options.hidden = {32, 16};
  options.batch_samples = 50, options.batch_genes = 40;
  options.epochs = 250;
  options.optimizer.learning_rate = 0.01;
  options.schedule = {nn::Schedule::cosine, 0, 0.01};
  options.seed = 1;
  const Matrix x(my_rows_of(whole, comm()));
  State state(comm(), x, options);
  state.run_until(state.steps());
  const double variance = (whole.array() - whole.mean()).square().mean();
  const double ceiling = 1 - noise * noise / variance;
  EXPECT_GT(state.held_out().r2, 0.95 * ceiling);
  EXPECT_LT(state.held_out().r2, ceiling + 0.02) << "nothing explains noise";
  EXPECT_GT(state.held_out().pearson, std::sqrt(0.95 * ceiling) - 0.01);
  EXPECT_LT(state.gene_mean_r2(), 0.3);
  EXPECT_GT(state.sample_movement().since_start, 0.05);
}

TEST(State, GoesOnFromItsArraysToTheBit) {
  const Matrix x(my_rows_of(low_rank(100, 40, 0.1, 9), comm()));
  for (const auto rule : {nn::Rule::adam, nn::Rule::rmsprop, nn::Rule::sgd}) {
    Options options = small_options();
    options.optimizer.rule = rule;
    options.epochs = 8, options.patience = 3;
    State whole(comm(), x, options), first(comm(), x, options), second(comm(), x, options);
    whole.run_until(whole.steps());
    first.run_until(37);
    auto from = first.arrays(), to = second.arrays();
    ASSERT_EQ(from.size(), to.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      EXPECT_EQ(from[i].name, to[i].name);
      std::visit([&](auto* source) { *std::get<std::remove_const_t<decltype(source)>>(to[i].place) = *source; },
                 from[i].place);
    }
    second.resume();
    second.run_until(50);
    second.run_until(second.steps());
    EXPECT_EQ(second.step(), whole.step());
    EXPECT_EQ(second.samples().local, whole.samples().local);
    EXPECT_EQ(second.model().genes, whole.model().genes);
    EXPECT_EQ(second.curves().training_loss, whole.curves().training_loss);
    EXPECT_EQ(second.curves().held_out_loss, whole.curves().held_out_loss);
  }
}

TEST(State, StopsWhenHeldOutLossNoLongerFallsAndGoesBackToTheBest) {
  const Matrix x(my_rows_of(low_rank(80, 30, 2, 9), comm()));  // noise, mostly: it can only overfit
  Options options = small_options();
  options.hidden = {64, 32};
  options.sample_dims = options.gene_dims = 8;
  options.epochs = 300, options.patience = 5;
  State state(comm(), x, options);
  state.run_until(state.steps());
  EXPECT_TRUE(state.done());
  EXPECT_LT(state.step(), state.steps());
  const auto& losses = state.curves().held_out_loss;
  EXPECT_NEAR(state.held_out().loss, *std::min_element(losses.begin(), losses.end()), 1e-6);
}

TEST(State, SaysWhenTheLossExplodes) {
  const Matrix x(my_rows_of(low_rank(80, 30, 0.1, 9), comm()));
  Options options = small_options();
  options.optimizer.rule = nn::Rule::sgd;
  options.optimizer.learning_rate = 1e4;
  State state(comm(), x, options);
  try {
    state.run_until(state.steps());
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("no longer finite"), std::string::npos);
    EXPECT_NE(error.hint().find("--learning-rate"), std::string::npos);
  }
}

TEST(State, MoreRanksThanSamplesIsNoHarm) {
  const Matrix x(my_rows_of(low_rank(3, 40, 0.1, 9), comm()));
  State state(comm(), x, small_options());
  state.run_until(state.steps());
  EXPECT_TRUE(std::isfinite(state.held_out().loss));
}

/// Samples that the network has seen, fitted anew from nothing but their values, are predicted as well as before.
TEST(FitSamples, PlacesKnownSamplesAsWellAsTrainingDid) {
  const RowMatrix whole = low_rank(200, 80, 0.2, 20);
  Options options;
  options.hidden = {32, 16};
  options.batch_samples = 50, options.batch_genes = 40;
  options.epochs = 100, options.holdout = 0;
  options.optimizer.learning_rate = 0.01;
  options.schedule = {nn::Schedule::cosine, 0, 0.01};
  const Matrix x(my_rows_of(whole, comm()));
  State state(comm(), x, options);
  state.run_until(state.steps());
  const RowMatrix places = all_gather_rows(comm(), state.samples());
  const RowMatrix again = whole.topRows(40);
  const Matrix mine(my_rows_of(again, comm()));
  const auto fitted = fit_samples(comm(), mine, state.model(), places.bottomRows(160), options, {});
  const RowMatrix z = all_gather_rows(comm(), fitted);
  const double error = (predict(state.model(), z) - again).array().square().mean();
  const double trained = (predict(state.model(), places.topRows(40)) - again).array().square().mean();
  EXPECT_LT(error, 1.02 * trained);
  const auto alone = comm().split(comm().rank());
  const Matrix all(my_rows_of(again, alone));
  EXPECT_EQ(fit_samples(alone, all, state.model(), places.bottomRows(160), options, {}).local, z)
      << "the same to the bit on any number of ranks";
}

TEST(Predict, IsTheNetworkOneEntryAtATime) {
  const Matrix x(my_rows_of(low_rank(40, 30, 0.1, 9), comm()));
  State state(comm(), x, small_options());
  const RowMatrix z = all_gather_rows(comm(), state.samples());
  const RowMatrix all = predict(state.model(), z), some = predict(state.model(), z, {3, 17});
  EXPECT_LT(relative_difference(some.col(0).eval(), all.col(3).eval()), 1e-5);
  EXPECT_LT(relative_difference(some.col(1).eval(), all.col(17).eval()), 1e-5);
  const auto& network = state.model().network;
  const auto& p = network.parameters;
  const auto relu = [](const Eigen::VectorXf& v) { return Eigen::VectorXf(v.cwiseMax(0.0f)); };
  Eigen::VectorXf h = relu(p.matrix(network.sample_weight) * z.row(5).transpose() +
                           p.matrix(network.gene_weight) * state.model().genes.row(17).transpose() +
                           p.matrix(network.first_bias).transpose());
  h = relu(p.matrix(network.layers[0].weight) * h + p.matrix(network.layers[0].bias).transpose());
  const float y = (p.matrix(network.layers[1].weight) * h)(0) + p.matrix(network.layers[1].bias)(0, 0);
  EXPECT_NEAR(all(5, 17), y, 1e-5);
}

TEST(Options, AreChecked) {
  const auto expect = [](const Options& options, const std::string& place) {
    try {
      options.validate();
      ADD_FAILURE() << place;
    } catch (const InputError& error) {
      EXPECT_EQ(error.place(), place);
    }
  };
  expect({.sample_dims = 0}, "--sample-dims");
  expect({.hidden = {}}, "--hidden");
  expect({.dropout = 1}, "--dropout");
  expect({.holdout = 1}, "--holdout");
  expect({.holdout = 0, .patience = 3}, "--patience");
  expect({.output = Output::sigmoid, .loss = Loss::poisson}, "--output-form");
}

}  // namespace
}  // namespace replearn::factorize
