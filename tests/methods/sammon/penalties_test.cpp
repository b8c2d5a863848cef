#include "methods/sammon/penalties.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "methods/sammon/objective.hpp"
#include "sets.hpp"
#include "support/random_rows.hpp"
#include "support/reference/dense_sammon.hpp"

namespace replearn::sammon {
namespace {

constexpr Index n = 60;

std::vector<std::uint8_t> every(Index step, Index from = 0) {
  std::vector<std::uint8_t> members(n, 0);
  for (Index i = from; i < n; i += step) members[static_cast<std::size_t>(i)] = 1;
  return members;
}

PenaltyTerms wishes_of(double pull, double push, double l2) {
  PenaltyTerms terms;
  if (pull > 0) terms.pulls.push_back({"a", pull, my_part(every(3))});
  if (push > 0) terms.pushes.push_back({"b", push, my_part(every(4, 1))});
  terms.l2 = l2;
  return terms;
}

/// The wishes' cost as their definition says, all points whole.
double dense_cost(const test::Dense& y, double length, double pull, double push, double l2) {
  double pairs = 0, count = 0;
  const auto pulled = every(3), pushed = every(4, 1);
  Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(y.cols()), others = mean;
  double members = 0;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < i; ++j) {
      if (!pulled[static_cast<std::size_t>(i)] || !pulled[static_cast<std::size_t>(j)]) continue;
      pairs += (y.row(i) - y.row(j)).squaredNorm();
      ++count;
    }
    if (pushed[static_cast<std::size_t>(i)]) {
      mean += y.row(i);
      ++members;
    } else {
      others += y.row(i);
    }
  }
  const double way = std::hypot((mean / members - others / (static_cast<double>(n) - members)).norm(), 1e-3 * length);
  return pull * pairs / count / (length * length) - push * way / length +
         l2 * y.squaredNorm() / static_cast<double>(n) / (length * length);
}

TEST(SammonPenalties, GradientsAreTheFiniteDifferences) {
  const RowPartition partition(n, test::comm().size());
  const double length = 1.7;
  for (const auto& [pull, push, l2] :
       {std::tuple(0.3, 0.0, 0.0), std::tuple(0.0, 0.2, 0.0), std::tuple(0.0, 0.0, 0.4), std::tuple(0.3, 0.2, 0.4)}) {
    for (const Index q : {1, 2, 3}) {
      const Penalties penalties(test::comm(), partition, wishes_of(pull, push, l2));
      test::Dense y = test::random_rows(n, q, 51).cast<double>();
      const RowMatrixD mine = y.middleRows(partition.begin(test::comm().rank()), partition.count(test::comm().rank()));
      RowMatrixD gradient = RowMatrixD::Zero(mine.rows(), q), curvature = gradient;
      EXPECT_NEAR(penalties.add(mine, length, gradient, &curvature), dense_cost(y, length, pull, push, l2), 1e-12);
      for (Index i = 0; i < mine.rows(); ++i) {
        for (Index p = 0; p < q; ++p) {
          const Index row = partition.begin(test::comm().rank()) + i;
          const double h = 1e-6, was = y(row, p);
          y(row, p) = was + h;
          const double above = dense_cost(y, length, pull, push, l2);
          y(row, p) = was - h;
          const double below = dense_cost(y, length, pull, push, l2);
          y(row, p) = was;
          EXPECT_NEAR(gradient(i, p), (above - below) / (2 * h), 1e-8);
        }
      }
      EXPECT_TRUE(curvature.size() == 0 || curvature.minCoeff() >= 0);
    }
  }
}

/// Iris and its three kinds, 50 each (one of the last is left out).
std::vector<std::uint8_t> kind(Index which) {
  std::vector<std::uint8_t> members(149, 0);
  for (Index i = 50 * which; i < std::min<Index>(149, 50 * (which + 1)); ++i) members[static_cast<std::size_t>(i)] = 1;
  return members;
}

Outcome iris_with(PenaltyTerms terms, Options options = {}, std::vector<float> weights = {}) {
  return run_whole(State(test::comm(), my_rows_of(iris(), test::comm()), my_rows_of(iris_start(), test::comm()),
                         options, Log(), std::move(terms), std::move(weights)),
                   options);
}

/// Root mean square distance of the members from their mean, in the map.
double spread(const RowMatrix& map, Index which) {
  const auto rows = map.middleRows(50 * which, which < 2 ? 50 : 49).cast<double>().eval();
  return std::sqrt((rows.rowwise() - rows.colwise().mean()).rowwise().squaredNorm().mean());
}

TEST(SammonPenalties, APulledClassContractsAndTheStressPays) {
  const Outcome plain = iris_with({});
  double last_spread = spread(plain.map, 2), last_stress = plain.results.stress;
  for (const double weight : {0.02, 0.2, 2.0}) {
    PenaltyTerms terms;
    terms.pulls.push_back({"virginica", weight, my_part(kind(2))});
    const Outcome pulled = iris_with(std::move(terms));
    EXPECT_LT(spread(pulled.map, 2), 0.9 * last_spread) << weight;
    EXPECT_GT(pulled.results.stress, last_stress) << weight;
    ASSERT_EQ(pulled.results.quality.pulled_distances.size(), 1u);
    // The mean over pairs of |y_i - y_j|^2 is 2 c / (c - 1) times the mean square distance from the middle.
    EXPECT_NEAR(pulled.results.quality.pulled_distances[0], spread(pulled.map, 2) * std::sqrt(2 * 49.0 / 48), 1e-4);
    last_spread = spread(pulled.map, 2);
    last_stress = pulled.results.stress;
  }
}

TEST(SammonPenalties, APushedClassGoesAwayAndTheStressPays) {
  const Outcome plain = iris_with({});
  const auto apart = [](const RowMatrix& map) {
    return (map.topRows(50).colwise().mean() - map.bottomRows(99).colwise().mean()).norm();
  };
  PenaltyTerms terms;
  terms.pushes.push_back({"setosa", 0.05, my_part(kind(0))});
  const Outcome pushed = iris_with(std::move(terms));
  EXPECT_GT(apart(pushed.map), 1.02 * apart(plain.map));
  EXPECT_GT(pushed.results.stress, plain.results.stress);
  EXPECT_NEAR(pushed.results.quality.pushed_distances.at(0), static_cast<double>(apart(pushed.map)), 1e-4);
}

TEST(SammonPenalties, L2DrawsTheWholeMapIn) {
  PenaltyTerms terms;
  terms.l2 = 0.1;
  const RowMatrix plain = iris_with({}).map, drawn = iris_with(std::move(terms)).map;
  EXPECT_LT(drawn.norm(), 0.97f * plain.norm());
}

TEST(SammonPenalties, AnchoredPointsStayAndTheOthersFindTheirPlaces) {
  // All but every fifth point are held where an exact map has them: the free ones can only go where they belong.
  const RowMatrix x = test::random_rows(80, 2, 52);
  PenaltyTerms terms;
  RowMatrix anchors = x, start = x + 0.5f * test::random_rows(80, 2, 53);
  for (Index i = 0; i < 80; i += 5) anchors.row(i).setConstant(std::numeric_limits<float>::quiet_NaN());
  for (const auto optimizer : {OptimizerKind::automatic, OptimizerKind::pseudo_newton, OptimizerKind::gradient_descent,
                               OptimizerKind::lbfgs, OptimizerKind::majorization, OptimizerKind::stochastic}) {
    Options options;
    options.optimizer = optimizer;
    options.tolerance = 1e-12;
    options.iterations = 3000;
    terms.anchors = my_rows_of(anchors, test::comm()).local;
    const Outcome outcome = run_whole(
        State(test::comm(), my_rows_of(x, test::comm()), my_rows_of(start, test::comm()), options, Log(), terms),
        options);
    for (Index i = 0; i < 80; ++i) {
      if (i % 5 != 0) {
        EXPECT_EQ(outcome.map.row(i), x.row(i)) << i;
      } else {
        EXPECT_LT((outcome.map.row(i) - x.row(i)).norm(), 0.01f) << i << " by " << static_cast<int>(optimizer);
      }
    }
  }
}

TEST(SammonPenalties, AHeavyPointIsMappedBetter) {
  const Outcome plain = iris_with({});
  std::vector<float> weights(149, 1.0f);
  weights[118] = 200;
  const Outcome weighted = iris_with({}, {}, my_part(weights));
  const test::Dense given = test::distances(iris().cast<double>());
  const auto stress_of = [&](const RowMatrix& map) {
    double sum = 0;
    for (Index j = 0; j < 149; ++j) {
      const double d = static_cast<double>((map.row(118) - map.row(j)).norm());
      if (j != 118) sum += std::pow(given(118, j) - d, 2) / given(118, j);
    }
    return sum;
  };
  EXPECT_LT(stress_of(weighted.map), 0.5 * stress_of(plain.map));
}

std::string problem_with(PenaltyTerms terms, std::vector<float> weights = {}) {
  try {
    Options options;
    options.iterations = 1;
    iris_with(std::move(terms), options, std::move(weights));
  } catch (const InputError& error) {
    return error.place() + ": " + error.problem();
  }
  return "fine";
}

TEST(SammonPenalties, RefusesWhatCannotBe) {
  const auto with = [](double weight, std::vector<std::uint8_t> members, bool push) {
    PenaltyTerms terms;
    (push ? terms.pushes : terms.pulls).push_back({"k", weight, my_part(members)});
    return problem_with(std::move(terms));
  };
  EXPECT_EQ(with(1, kind(0), false), "fine");
  EXPECT_EQ(with(0, kind(0), false), "--pull k: has weight 0");
  EXPECT_EQ(with(1, std::vector<std::uint8_t>(149, 0), false), "--pull k: has no points");
  EXPECT_EQ(with(1, std::vector<std::uint8_t>(149, 1), true), "--push k: has all points");
  PenaltyTerms terms;
  terms.anchors = my_rows_of(RowMatrix::Zero(149, 2), test::comm()).local;
  EXPECT_EQ(problem_with(terms), "--anchor-points: leave no point free");
  RowMatrix half = RowMatrix::Zero(149, 2);
  half(77, 1) = std::numeric_limits<float>::quiet_NaN();
  terms.anchors = my_rows_of(half, test::comm()).local;
  EXPECT_EQ(problem_with(terms), "--anchor-points: row 77 is neither a point nor all NaN");
  std::vector<float> weights(149, 1.0f);
  weights[9] = 0;
  EXPECT_EQ(problem_with({}, my_part(weights)), "row 9: has weight 0");
}

}  // namespace
}  // namespace replearn::sammon
