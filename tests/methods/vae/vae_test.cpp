#include "methods/vae/vae.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "nn/reference.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::vae {
namespace {

using test::comm;
using test::random_rows;
using test::relative_difference;

/// Counts of two groups of cells, rows in turn, mostly zeros: genes 0 to 9 are high in one, 10 to 19 in the other.
RowMatrix two_groups(Index n, Index m) {
  const RowMatrix noise = random_rows(n, m, 11);
  RowMatrix x(n, m);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < m; ++j) {
      const bool high = j / 10 == i % 2;
      x(i, j) = std::max(0.0f, std::round(noise(i, j) * (high ? 1.5f : 0.6f) + (high ? 2.0f : -0.5f)));
    }
  }
  x.col(m - 1).array() += 1;
  return x;
}

Matrix sparse_part(const RowMatrix& whole, const mpi::Communicator& ranks) {
  return to_sparse(my_rows_of(whole, ranks));
}

Options small_options() {
  Options options;
  options.encoder = options.decoder = {16};
  options.latent = 3;
  options.batch = 32;
  options.epochs = 12;
  options.kl_warmup = 4;
  options.optimizer.learning_rate = 5e-3;
  options.seed = 3;
  return options;
}

TEST(State, TrainsTheSameOnAnyRanks) {
  const RowMatrix whole = two_groups(170, 100);
  const auto alone = comm().split(comm().rank());
  const Matrix mine = sparse_part(whole, comm()), all = sparse_part(whole, alone);
  for (const auto likelihood : {Likelihood::negative_binomial, Likelihood::zero_inflated}) {
    Options options = small_options();
    options.likelihood = likelihood;
    State here(comm(), mine, {}, {}, options), there(alone, all, {}, {}, options);
    std::vector<float> my_gradients, gradients;
    const Bound one = here.gradients(my_gradients), other = there.gradients(gradients);
    EXPECT_NEAR(one.elbo(), other.elbo(), 1e-6 * std::abs(other.elbo()));
    EXPECT_LT(relative_difference(my_gradients, gradients), 1e-5);
    here.run_until(60);
    there.run_until(60);
    ASSERT_EQ(here.step(), 60);
    EXPECT_EQ(here.held_out_count(), there.held_out_count());
    EXPECT_LT(relative_difference(here.curves().reconstruction, there.curves().reconstruction), 1e-3);
    EXPECT_LT(relative_difference(here.curves().held_out_reconstruction, there.curves().held_out_reconstruction), 1e-2);
  }
}

TEST(State, WarmsUpAndLearnsTheGroups) {
  const RowMatrix whole = two_groups(170, 100);
  const Matrix x = sparse_part(whole, comm());
  Options options = small_options();
  options.beta = 0.8;
  State state(comm(), x, {}, {}, options);
  state.run_until(state.steps());
  EXPECT_TRUE(state.done());
  const auto& curves = state.curves();
  ASSERT_EQ(curves.step.size(), 12u);
  for (std::size_t epoch = 0; epoch < 12; ++epoch) {
    EXPECT_NEAR(curves.weight[epoch], 0.8 * std::min(1.0, static_cast<double>(epoch) / 4), 1e-12);
  }
  EXPECT_LT(curves.held_out_reconstruction.back() + curves.held_out_divergence.back(),
            0.9 * (curves.held_out_reconstruction.front() + curves.held_out_divergence.front()));
  // Along some axis the groups' means are further apart than three times their spread.
  const RowMatrix z = all_gather_rows(comm(), embed(comm(), state.model().network, state.data()));
  double best = 0;
  for (Index k = 0; k < z.cols(); ++k) {
    double mean[2] = {0, 0}, square[2] = {0, 0};
    for (Index i = 0; i < z.rows(); ++i) {
      mean[i % 2] += static_cast<double>(z(i, k)) / 85, square[i % 2] += std::pow(static_cast<double>(z(i, k)), 2) / 85;
    }
    const double spread = std::sqrt(std::max(square[0] - mean[0] * mean[0], square[1] - mean[1] * mean[1]));
    best = std::max(best, std::abs(mean[0] - mean[1]) / spread);
  }
  EXPECT_GT(best, 3);
}

/// As a checkpoint carries a state over, without the file.
void carry_over(State& from, State& to) {
  const NamedArrays source = from.arrays(), target = to.arrays();
  for (const auto& array : source) {
    const auto same = std::find_if(target.begin(), target.end(), [&](const auto& t) { return t.name == array.name; });
    ASSERT_NE(same, target.end()) << array.name;
    std::visit([&](auto* to_place) { *to_place = *std::get<std::remove_cvref_t<decltype(to_place)>>(array.place); },
               same->place);
  }
  to.resume();
}

TEST(State, StopsByPatienceAndGoesBackToTheBest) {
  const Matrix x = sparse_part(two_groups(170, 100), comm());
  Options options = small_options();
  options.holdout = 0.3;
  options.optimizer.learning_rate = 2e-2;
  options.epochs = 200;
  options.patience = 4;
  State state(comm(), x, {}, {}, options), taken_up(comm(), x, {}, {}, options);
  const Index middle = 6 * state.steps_per_epoch();
  state.run_until(middle);
  carry_over(state, taken_up);
  state.run_until(state.steps());
  ASSERT_TRUE(state.done());
  EXPECT_LT(state.step(), state.steps());
  const auto& curves = state.curves();
  double best = -std::numeric_limits<double>::infinity();
  std::size_t best_epoch = 0;
  for (std::size_t e = static_cast<std::size_t>(options.kl_warmup); e < curves.step.size(); ++e) {
    const double elbo = -curves.held_out_reconstruction[e] - curves.held_out_divergence[e];
    if (elbo > best) best = elbo, best_epoch = e;
  }
  EXPECT_EQ(curves.step.size(), best_epoch + 1 + static_cast<std::size_t>(options.patience));
  const Bound bound = evaluate(comm(), state.model().network, state.data(), state.held_out(), options.seed);
  EXPECT_NEAR(bound.elbo(), best, 1e-9 * std::abs(best));

  taken_up.run_until(taken_up.steps());
  EXPECT_EQ(taken_up.step(), state.step());
  const auto weights = std::as_const(state.model().network.parameters).values();
  const auto again = std::as_const(taken_up.model().network.parameters).values();
  EXPECT_TRUE(std::equal(weights.begin(), weights.end(), again.begin())) << "to the bit";
}

TEST(State, AHeavyDivergenceLeavesNoUnitActive) {
  const Matrix x = sparse_part(two_groups(170, 100), comm());
  Options options = small_options();
  options.kl_warmup = 0;
  options.epochs = 30;
  const auto most = [&](double beta) {
    options.beta = beta;
    State state(comm(), x, {}, {}, options);
    state.run_until(state.steps());
    const auto variances = variances_of_means(comm(), embed(comm(), state.model().network, state.data()));
    return *std::max_element(variances.begin(), variances.end());
  };
  EXPECT_LT(most(100), active_from);
  EXPECT_GT(most(1), 0.3);
}

/// Tipping and Bishop 1999: with encoder and decoder linear and one variance for all genes this is probabilistic PCA,
/// whose greatest log-likelihood is known from the eigenvalues of the covariance. Its posterior is Gaussian with a
/// diagonal covariance for some rotation of the latents, so the bound can reach it.
TEST(State, ALinearOneReachesTheLogLikelihoodOfProbabilisticPca) {
  constexpr Index n = 400, m = 8, q = 2;
  const RowMatrix factors = random_rows(n, q, 1), loadings = random_rows(m, q, 2);
  const RowMatrix whole = factors * loadings.transpose() + 0.7f * random_rows(n, m, 3);
  const RowMatrixD centered = whole.cast<double>().rowwise() - whole.cast<double>().colwise().mean();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(centered.transpose() * centered / double(n));
  const auto& values = solver.eigenvalues();  // ascending
  const double noise = values.head(m - q).sum() / static_cast<double>(m - q);
  const double expected = -0.5 * (m * std::log(2 * std::numbers::pi) + std::log(values(m - 1)) +
                                  std::log(values(m - 2)) + static_cast<double>(m - q) * std::log(noise) + m);
  Options options;
  options.latent = q;
  options.encoder = options.decoder = {};
  options.likelihood = Likelihood::gaussian, options.noise = Noise::isotropic;
  options.batch_norm = false, options.dropout = 0, options.holdout = 0, options.kl_warmup = 0;
  options.batch = n, options.epochs = 1200;
  options.optimizer.learning_rate = 5e-3;
  const Matrix x(my_rows_of(whole, comm()));
  State state(comm(), x, {}, {}, options);
  state.run_until(state.steps());
  std::vector<Index> rows(static_cast<std::size_t>(state.data().local_rows()));
  std::iota(rows.begin(), rows.end(), Index{0});
  double elbo = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    elbo += evaluate(comm(), state.model().network, state.data(), rows, seed).elbo() / 10;
  }
  EXPECT_NEAR(elbo, expected, 0.02);
  const auto bounds = importance_bounds(comm(), state.model().network, state.data(), rows, 100, 1);
  EXPECT_NEAR(bounds.back(), expected, 0.01);
  EXPECT_LE(bounds.back(), expected + 0.002) << "no model of this kind has more";
}

/// Burda et al. 2016, theorem 1. The bounds are means over 5 x 170 cells whose weights come from the same draws.
TEST(Evaluate, ImportanceBoundsDoNotFallWithMoreSamples) {
  const Matrix x = sparse_part(two_groups(850, 100), comm());
  Options options = small_options();
  options.epochs = 3;
  State state(comm(), x, {}, {}, options);
  state.run_until(state.steps());
  std::vector<Index> rows(static_cast<std::size_t>(state.data().local_rows()));
  std::iota(rows.begin(), rows.end(), Index{0});
  const auto bounds = importance_bounds(comm(), state.model().network, state.data(), rows, 64, 1);
  ASSERT_EQ(bounds.size(), 64u);
  for (std::size_t k = 1; k < 64; k *= 2) EXPECT_GT(bounds[2 * k - 1], bounds[k - 1]) << k;
  const Bound bound = evaluate(comm(), state.model().network, state.data(), rows, 1);
  // The same draw; KL by its expectation here, by the draw there.
  EXPECT_NEAR(bounds.front(), bound.elbo(), 0.5);
  EXPECT_EQ(bound.cells, 850);
}

TEST(Evaluate, EmbeddingsAndDrawnCellsAreTheSameToTheBit) {
  const RowMatrix whole = two_groups(170, 100);
  const auto alone = comm().split(comm().rank());
  const Matrix mine = sparse_part(whole, comm()), all = sparse_part(whole, alone);
  Model model;
  model.network = Network<float>(Shape(small_options(), 100, 3));
  model.network.initialize(4);
  model.log_library_mean = 4, model.log_library_deviation = 0.3;
  model.levels = {3}, model.level_shares = {0.2, 0.5, 0.3};
  Conditions conditions{1, 3, {}}, here;
  for (Index i = 0; i < 170; ++i) conditions.of_rows.push_back(static_cast<std::int32_t>(i % 3));
  here = conditions;
  const auto& parts = partition(mine);
  here.of_rows.assign(conditions.of_rows.begin() + parts.begin(comm().rank()),
                      conditions.of_rows.begin() + parts.end(comm().rank()));
  const Data data(comm(), mine, model.network.shape, here), other(alone, all, model.network.shape, conditions);
  const RowMatrix z = all_gather_rows(comm(), embed(comm(), model.network, data));
  EXPECT_EQ(z, embed(alone, model.network, other).local);
  const Drawn drawn = draw_cells(comm(), model, 70, 5), one = draw_cells(alone, model, 70, 5);
  EXPECT_EQ(all_gather_rows(comm(), to_dense(drawn.x)), to_dense(one.x).local);
  EXPECT_EQ(all_gather_rows(comm(), drawn.z), one.z.local);
  EXPECT_EQ(mpi::all_gather_v(comm(), drawn.conditions), one.conditions);
}

/// Nothing of z in the decoder: every gene has the same distribution in all cells, whose moments are known.
TEST(Draw, CellsHaveTheMomentsOfTheModel) {
  constexpr Index n = 6000, m = 3;
  constexpr double theta = 2.0;
  for (const auto likelihood : {Likelihood::poisson, Likelihood::negative_binomial, Likelihood::zero_inflated,
                                Likelihood::gaussian, Likelihood::bernoulli}) {
    Options options;
    options.decoder = {};
    options.likelihood = likelihood;
    Model model;
    model.network = Network<float>(Shape(options, m, 0));
    auto& parameters = model.network.parameters;
    auto bias = parameters.matrix(model.network.decoder.output_bias());
    bias << 0.0f, 1.0f, -1.0f;
    const auto dispersion = model.network.decoder.dispersion;
    parameters.matrix(dispersion).setConstant(static_cast<float>(std::log(theta)));
    model.log_library_mean = std::log(30.0);
    const RowMatrix x = all_gather_rows(comm(), to_dense(draw_cells(comm(), model, n, 7).x));
    const double total = 1 + std::exp(1.0) + std::exp(-1.0);
    for (Index j = 0; j < m; ++j) {
      const auto y = static_cast<double>(bias(0, j));
      double mean = 30 * std::exp(y) / total, variance = mean;
      if (likelihood == Likelihood::negative_binomial) variance = mean + mean * mean / theta;
      if (likelihood == Likelihood::zero_inflated) {  // logit 0: half are zero
        const double second = mean + mean * mean / theta + mean * mean;
        mean /= 2;
        variance = second / 2 - mean * mean;
      }
      if (likelihood == Likelihood::gaussian) mean = y, variance = theta;
      if (likelihood == Likelihood::bernoulli) mean = 1 / (1 + std::exp(-y)), variance = mean * (1 - mean);
      const auto column = x.col(j).cast<double>().array();
      EXPECT_NEAR(column.mean(), mean, 5 * std::sqrt(variance / n));
      EXPECT_NEAR((column - column.mean()).square().mean(), variance, 0.15 * variance);
    }
  }
}

TEST(Data, SaysWhatIsNotAsItShouldBe) {
  const auto told = [&](RowMatrix x, Options options) -> std::string {
    try {
      const Matrix mine(my_rows_of(x, comm()));
      Data(comm(), mine, Shape(options, x.cols(), 0), {});
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  const RowMatrix x = two_groups(40, 30);
  Options options;
  EXPECT_EQ(told(x, options), "");
  RowMatrix bad = x;
  bad(35, 2) = -1;
  EXPECT_NE(told(bad, options).find("row 35, column 2 (from 0): -1 is not a count"), std::string::npos);
  bad(35, 2) = 0.5f;
  EXPECT_NE(told(bad, options).find("0.5 is not a count"), std::string::npos);
  bad(35, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(told(bad, options).find("row 35, column 2 (from 0): is not a number"), std::string::npos);
  bad = x;
  bad.row(20).setZero();
  EXPECT_NE(told(bad, options).find("row 20 (from 0): a cell without counts"), std::string::npos);
  options.library = Library::none;
  EXPECT_EQ(told(bad, options), "");
  options.likelihood = Likelihood::bernoulli;
  EXPECT_NE(told(bad, options).find("is not between 0 and 1"), std::string::npos);
}

}  // namespace
}  // namespace replearn::vae
