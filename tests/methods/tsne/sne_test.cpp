#include "methods/tsne/sne.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "methods/tsne/gaussian_kernel.hpp"
#include "mpi/collectives.hpp"
#include "support/graphs.hpp"
#include "support/maps.hpp"
#include "support/read_binary.hpp"
#include "support/reference/dense_sne.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

RowMatrix digits() {
  return test::read_matrix("neighbors/digits.f32", 64);
}

/// Of my rows, whole, on every rank.
RowMatrixD whole(const mpi::Communicator& comm, const RowMatrixD& mine, Index n) {
  const auto all = mpi::all_gather_v(comm, std::span<const double>(mine.data(), static_cast<std::size_t>(mine.size())));
  return Eigen::Map<const RowMatrixD>(all.data(), n, mine.cols());
}

SneState state_at(const mpi::Communicator& comm, const RowMatrix& x, Index neighbors, const RowMatrix& points,
                  double perplexity, std::vector<Pull> pulls = {}) {
  Options options;
  options.perplexity = {perplexity};
  options.affinity_neighbors = neighbors;
  options.dimensions = points.cols();
  return {comm, test::graph_of(comm, x, neighbors), my_rows_of(points, comm), options, Log(), std::move(pulls)};
}

TEST(Sne, CostAndGradientAreThoseOfNumPy) {
  const RowMatrix map = 0.1f * test::read_matrix("tsne/digits_map.f32", 2);
  auto state = state_at(test::comm(), digits(), 299, map, 30);
  EXPECT_NEAR(state.divergence(), 269.0583777, 1e-6 * 269);
  const auto values = test::read_binary<double>("tsne/sne_gradient.f64");
  const RowMatrixD theirs = Eigen::Map<const RowMatrixD>(values.data(), 300, 2);
  EXPECT_LT((whole(test::comm(), state.gradient(), 300) - theirs).cwiseAbs().maxCoeff(),
            2e-6 * theirs.cwiseAbs().maxCoeff());
}

/// From three starts SciPy's L-BFGS ended in one minimum; so do we.
TEST(Sne, ReachesTheMinimumThatSciPyFinds) {
  Options options;
  options.iterations = 250;
  options.affinity_neighbors = 299;
  const auto graph = test::graph_of(test::comm(), digits(), 299);
  for (const bool spread : {false, true}) {
    const RowMatrix start = (spread ? 1e4f : 1.0f) * test::read_matrix("tsne/digits_start.f32", 2);
    const Results results = sne(test::comm(), graph, my_rows_of(start, test::comm()), options);
    EXPECT_NEAR(results.kl_divergence, 217.2558, 1e-4 * 217.2558);
    EXPECT_EQ(results.kl_history.size(), 5u);
  }
}

/// Over a graph, in 1 to 5 dimensions, in maps from collapsed to so wide that exp(-d^2) is 0 in float32.
TEST(Sne, CostAndGradientAreTheFormulasOfItsDefinition) {
  const RowMatrix x = test::random_rows(40, 6, 211);
  for (const Index q : {1, 2, 3, 5}) {
    for (const float scale : {1e-3f, 0.5f, 3.0f, 100.0f}) {
      const RowMatrix points = scale * test::random_rows(40, q, 212);
      auto state = state_at(test::comm(), x, 15, points, 5);
      const test::Dense map = all_gather_rows(test::comm(), state.points()).cast<double>();
      const test::Dense p = test::dense_conditional_probabilities(x.cast<double>(), 15, 5);
      const double cost = test::dense_sne_cost(p, map);
      EXPECT_NEAR(state.divergence(), cost, 2e-6 * cost) << q << ", " << scale;
      const auto numeric = test::numeric_sne_gradient(p, map, 1e-4 * static_cast<double>(std::min(1.0f, 1 / scale)));
      EXPECT_LT((whole(test::comm(), state.gradient(), 40) - numeric).cwiseAbs().maxCoeff(),
                1e-5 * numeric.cwiseAbs().maxCoeff() + 1e-9)
          << q << ", " << scale;
    }
  }
}

TEST(Sne, PullsAddTheirGradient) {
  const RowMatrix x = test::random_rows(70, 6, 213), points = test::random_rows(70, 2, 214);
  const RowPartition partition(70, test::comm().size());
  const Pull pull{"all", 2.5,
                  std::vector<std::uint8_t>(static_cast<std::size_t>(partition.count(test::comm().rank())), 1)};
  auto free = state_at(test::comm(), x, 69, points, 5), pulled = state_at(test::comm(), x, 69, points, 5, {pull});
  EXPECT_EQ(free.divergence(), pulled.divergence());
  const RowMatrixD map = all_gather_rows(test::comm(), free.points()).cast<double>();  // centered: its mean is 0
  const RowMatrixD difference = whole(test::comm(), pulled.gradient(), 70) - whole(test::comm(), free.gradient(), 70);
  EXPECT_LT((difference - 2.5 * 4 / 69 * map).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(Sne, PullsContractAtACost) {
  const RowMatrix x = test::clusters(70, 6, 4, 3, 1, 221), start = 1e-3f * test::random_rows(70, 2, 222);
  const RowPartition partition(70, test::comm().size());
  const Pull pull{"all", 2.5,
                  std::vector<std::uint8_t>(static_cast<std::size_t>(partition.count(test::comm().rank())), 1)};
  auto free = state_at(test::comm(), x, 69, start, 5), pulled = state_at(test::comm(), x, 69, start, 5, {pull});
  free.run_until(300);
  pulled.run_until(300);
  const auto spread = [](const SneState& state) { return all_gather_rows(test::comm(), state.points()).squaredNorm(); };
  EXPECT_LT(spread(pulled), 0.9f * spread(free));
  EXPECT_GT(pulled.divergence(), free.divergence());
  ASSERT_EQ(pulled.pulled_distances().size(), 1u);
  EXPECT_NEAR(pulled.pulled_distances()[0], 2.0 / 69 * static_cast<double>(spread(pulled)), 1e-4);
}

TEST(Sne, IsEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  const RowMatrix x = test::clusters(600, 10, 9, 4, 1, 215), start = 1e-4f * test::random_rows(600, 2, 216);
  Options options;
  options.iterations = 40;
  const auto run = [&](const mpi::Communicator& comm) {
    const auto results = sne(comm, test::graph_of(comm, x, 90), my_rows_of(start, comm), options);
    return std::pair(all_gather_rows(comm, results.points), results.kl_divergence);
  };
  EXPECT_EQ(run(test::comm()), run(alone));
}

TEST(Sne, OfCoincidingAndOfFarPointsIsFinite) {
  const RowMatrix x = test::random_rows(40, 3, 217);
  auto together = state_at(test::comm(), x, 39, RowMatrix::Constant(40, 2, 3), 5);
  // All q are 1/39: sum_i log(39) - entropy of P_i, that is 40 (log 39 - log 5).
  EXPECT_NEAR(together.divergence(), 40 * std::log(39.0 / 5), 1e-4);
  EXPECT_EQ(together.gradient().cwiseAbs().sum(), 0);
  RowMatrix far = test::random_rows(40, 2, 218);
  far.row(7).setConstant(500);
  auto apart = state_at(test::comm(), x, 39, far, 5);
  EXPECT_TRUE(std::isfinite(apart.divergence()));
  EXPECT_TRUE(apart.gradient().allFinite());
  apart.run_until(300);
  EXPECT_LT(apart.divergence(), 40 * std::log(39.0 / 5));
}

TEST(Sne, ThatFliesApartIsAnError) {
  Options options;
  options.perplexity = {5};
  options.learning_rate = 1e38;
  options.max_step_norm = 0;
  const auto graph = test::graph_of(test::comm(), test::random_rows(40, 3, 219), 39);
  try {
    sne(test::comm(), graph, my_rows_of(test::random_rows(40, 2, 220), test::comm()), options);
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "--learning-rate");
  }
}

}  // namespace
}  // namespace replearn::tsne
