#include "methods/tsne/pull.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "methods/tsne/affinities.hpp"
#include "methods/tsne/tsne.hpp"
#include "mpi/collectives.hpp"
#include "support/graphs.hpp"
#include "support/maps.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

using Belongs = bool (*)(Index);
bool every_third(Index row) {
  return row % 3 == 1;
}
bool first_half(Index row) {
  return row < 35;
}

Pull pull_on(const mpi::Communicator& comm, Index n, Belongs belongs, double weight) {
  const RowPartition partition(n, comm.size());
  Pull pull{"kind=a", weight, {}};
  for (Index row = partition.begin(comm.rank()); row < partition.end(comm.rank()); ++row) {
    pull.members.push_back(belongs(row));
  }
  return pull;
}
Penalties two_pulls(const mpi::Communicator& comm, Index n) {
  return {comm, RowPartition(n, comm.size()), {pull_on(comm, n, every_third, 0.3), pull_on(comm, n, first_half, 0.02)}};
}

/// The definition: over pairs.
double mean_over_pairs(const RowMatrixD& y, Belongs belongs) {
  double sum = 0, pairs = 0;
  for (Index i = 0; i < y.rows(); ++i) {
    for (Index j = 0; j < i; ++j) {
      if (!belongs(i) || !belongs(j)) continue;
      sum += (y.row(i) - y.row(j)).squaredNorm();
      ++pairs;
    }
  }
  return sum / pairs;
}
double cost_over_pairs(const RowMatrixD& y) {
  return 0.3 * mean_over_pairs(y, every_third) + 0.02 * mean_over_pairs(y, first_half);
}

RowMatrixD gradient_of(const mpi::Communicator& comm, const Penalties& penalties, const RowMatrix& points) {
  const RowPartition partition(points.rows(), comm.size());
  RowMatrixD mine = RowMatrixD::Zero(partition.count(comm.rank()), points.cols());
  penalties.add_gradient(points, 1, mine);
  const auto all = mpi::all_gather_v(comm, std::span<const double>(mine.data(), static_cast<std::size_t>(mine.size())));
  return Eigen::Map<const RowMatrixD>(all.data(), points.rows(), points.cols());
}

TEST(TsnePull, WeighsTheMeanOverPairs) {
  for (const Index q : {1, 2, 3}) {
    RowMatrix points = 10 * test::random_rows(70, q, 201);
    points.col(0).array() += 300;  // far from the origin: the pairs do not mind
    const auto distances = two_pulls(test::comm(), 70).mean_squared_distances(points);
    ASSERT_EQ(distances.size(), 2u);
    EXPECT_NEAR(distances[0], mean_over_pairs(points.cast<double>(), every_third), 1e-9 * distances[0]);
    EXPECT_NEAR(distances[1], mean_over_pairs(points.cast<double>(), first_half), 1e-9 * distances[1]);
    EXPECT_NEAR(two_pulls(test::comm(), 70).cost(points), cost_over_pairs(points.cast<double>()), 1e-7);
  }
}

TEST(TsnePull, GradientIsAQuarterOfTheFiniteDifference) {
  for (const Index q : {1, 2, 3}) {
    const RowMatrix points = 3 * test::random_rows(70, q, 202);
    const RowMatrixD gradient = gradient_of(test::comm(), two_pulls(test::comm(), 70), points);
    RowMatrixD moved = points.cast<double>();
    const double h = 1e-3;  // the cost is a square: central differences are exact
    for (Index i = 0; i < 70; ++i) {
      for (Index k = 0; k < q; ++k) {
        const double at = moved(i, k);
        moved(i, k) = at + h;
        const double above = cost_over_pairs(moved);
        moved(i, k) = at - h;
        EXPECT_NEAR(4 * gradient(i, k), (above - cost_over_pairs(moved)) / (2 * h), 1e-8);
        moved(i, k) = at;
      }
    }
  }
}

TEST(TsnePull, IsEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  const RowMatrix points = test::random_rows(1100, 2, 203);
  const Penalties together = two_pulls(test::comm(), 1100), single = two_pulls(alone, 1100);
  EXPECT_EQ(together.mean_squared_distances(points), single.mean_squared_distances(points));
  EXPECT_EQ(gradient_of(test::comm(), together, points), gradient_of(alone, single, points));
}

/// A class in two clumps: pulled, they come together, and the divergence pays for it; the stronger, the more.
TEST(TsnePull, ContractsTheClassAtACost) {
  const Index n = 240;
  const RowMatrix x = test::clusters(n, 5, 6, 8, 1, 204);
  Options options;
  options.perplexity = {12};
  options.early_exaggeration_iterations = 120;
  options.iterations = 200;
  const auto graph = test::graph_of(test::comm(), x, options.neighbors_needed(n));
  const auto start = random_start(graph.partition, graph.rank, 2, 3);
  const auto run = [&](std::vector<Pull> pulls) {
    return tsne(test::comm(), joint_probabilities(test::comm(), graph, options), start, options, {}, Log(),
                std::move(pulls));
  };
  const Penalties judge(test::comm(), graph.partition, {pull_on(test::comm(), n, every_third, 1)});
  const auto spread = [&](const Results& results) {
    return judge.mean_squared_distances(all_gather_rows(test::comm(), results.points))[0];
  };
  const Results free = run({}), weak = run({pull_on(test::comm(), n, every_third, 1e-3)}),
                strong = run({pull_on(test::comm(), n, every_third, 1e-1)});
  EXPECT_LT(spread(weak), spread(free));
  EXPECT_LT(spread(strong), 0.1 * spread(weak));
  EXPECT_GT(weak.kl_divergence, free.kl_divergence);
  EXPECT_GT(strong.kl_divergence, weak.kl_divergence);
  ASSERT_EQ(strong.pulled_distances.size(), 1u);
  EXPECT_EQ(strong.pulled_distances[0], spread(strong));
  EXPECT_TRUE(free.pulled_distances.empty());
}

TEST(TsnePull, OfOnePointOrNoWeightIsAnError) {
  const RowPartition partition(70, test::comm().size());
  const auto refused = [&](Belongs belongs, double weight, const std::string& what) {
    try {
      Penalties(test::comm(), partition, {pull_on(test::comm(), 70, belongs, weight)});
      ADD_FAILURE() << "no error";
    } catch (const InputError& error) {
      EXPECT_EQ(error.place(), "--pull kind=a");
      EXPECT_NE(error.problem().find(what), std::string::npos) << error.problem();
    }
  };
  refused([](Index) { return false; }, 1, "no points");
  refused([](Index row) { return row == 69; }, 1, "one point");
  for (const double weight : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    refused(first_half, weight, "weight");
  }
}

}  // namespace
}  // namespace replearn::tsne
