#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "methods/sammon/schedule.hpp"
#include "sets.hpp"
#include "support/random_rows.hpp"
#include "support/reference/dense_sammon.hpp"

namespace replearn::sammon {
namespace {

Outcome run_on(const mpi::Communicator& comm, const RowMatrix& x, const RowMatrix& start, const Options& options) {
  State state(comm, my_rows_of(x, comm), my_rows_of(start, comm), options);
  Outcome outcome{run(std::move(state), options), {}};
  outcome.map = all_gather_rows(comm, outcome.results.points);
  return outcome;
}

constexpr std::array all_optimizers = {OptimizerKind::automatic,        OptimizerKind::pseudo_newton,
                                       OptimizerKind::gradient_descent, OptimizerKind::lbfgs,
                                       OptimizerKind::stochastic,       OptimizerKind::majorization};
const std::vector<PairWeight> weights = {{1, 0}, {0, 0}, {1, 1}, {2, 0.5}};

TEST(SammonOptimizers, AllComeToAboutTheSameRestOnIrisForEveryStress) {
  for (const PairWeight& weight : weights) {
    double best = 1;
    std::vector<double> found;
    for (const OptimizerKind optimizer : all_optimizers) {
      Options options;
      options.weight = weight;
      options.optimizer = optimizer;
      options.iterations = 4000;
      options.relaxations = 0;
      options.rounds = 300;
      options.momentum = 0.9;
      options.learning_rate = 0.2;
      found.push_back(run_on(test::comm(), iris(), iris_start(), options).results.stress);
      best = std::min(best, found.back());
    }
    for (std::size_t k = 0; k < found.size(); ++k) {
      EXPECT_LT(found[k], (all_optimizers[k] == OptimizerKind::stochastic ? 1.1 : 1.03) * best)
          << "optimizer " << k << ", a " << weight.a;
    }
  }
}

TEST(SammonOptimizers, NoneRisesThatSaysSo) {
  for (const PairWeight& weight : weights) {
    for (const OptimizerKind optimizer :
         {OptimizerKind::automatic, OptimizerKind::pseudo_newton, OptimizerKind::lbfgs, OptimizerKind::majorization}) {
      Options options;
      options.weight = weight;
      options.optimizer = optimizer;
      options.iterations = 150;
      const auto history = run_on(test::comm(), iris(), iris_start(), options).results.history;
      // Majorization takes the step it takes; E itself is good to float32.
      for (std::size_t k = 1; k < history.size(); ++k) EXPECT_LE(history[k], history[k - 1] * (1 + 2e-7));
      EXPECT_LT(history.back(), history.front());
    }
  }
}

TEST(SammonOptimizers, MajorizationWithEqualWeightsIsTheGuttmanTransform) {
  // y+ = 1/n B(y) y, b_ij = -d*_ij / d_ij, b_ii = -sum_j b_ij (Borg and Groenen, "Modern Multidimensional Scaling").
  const RowMatrix x = test::random_rows(50, 5, 61);
  RowMatrix y = test::random_rows(50, 2, 62);
  y.rowwise() -= y.colwise().mean().eval();
  const test::Dense given = test::distances(x.cast<double>()), near = test::distances(y.cast<double>());
  test::Dense b = test::Dense::Zero(50, 50);
  for (Index i = 0; i < 50; ++i) {
    for (Index j = 0; j < 50; ++j) {
      if (i == j) continue;
      b(i, j) = -given(i, j) / near(i, j);
      b(i, i) += given(i, j) / near(i, j);
    }
  }
  const test::Dense expected = b * y.cast<double>() / 50;
  Options options;
  options.weight = {0, 0};
  options.optimizer = OptimizerKind::majorization;
  options.iterations = 1;
  EXPECT_LT((run_on(test::comm(), x, y, options).map.cast<double>() - expected).cwiseAbs().maxCoeff(), 1e-5);
  // And a gradient descent of rate 1/2 takes that step.
  options.optimizer = OptimizerKind::gradient_descent;
  EXPECT_LT((run_on(test::comm(), x, y, options).map.cast<double>() - expected).cwiseAbs().maxCoeff(), 1e-5);
}

TEST(SammonOptimizers, GradientDescentDivergesAboveItsBoundAndSaysWhy) {
  Options options;
  options.weight = {0, 0};
  options.optimizer = OptimizerKind::gradient_descent;
  options.iterations = 2000;
  options.learning_rate = 0.95;
  EXPECT_LT(run_on(test::comm(), iris(), iris_start(), options).results.stress, 0.01);
  // With s the map's size beside its best, the step is s -> (1 - 2 rate) s + 2 rate: the size jumps about 1 for ever
  // while |2 - 2 rate| < 1, and beyond grows without end.
  for (const auto& [rate, what] :
       {std::pair(1.3, "1.3 the descent oscillates"), std::pair(1.7, "1.7 the descent diverged")}) {
    options.learning_rate = rate;
    try {
      run_on(test::comm(), iris(), iris_start(), options);
      ADD_FAILURE() << "did not diverge at " << rate;
    } catch (const InputError& error) {
      EXPECT_EQ(error.place(), "--learning-rate");
      EXPECT_NE(error.problem().find(what), std::string::npos) << error.problem();
      EXPECT_NE(error.problem().find("if the rate is above 1"), std::string::npos) << error.problem();
      EXPECT_EQ(error.hint().substr(0, 7), "use 0.5");
    }
  }
  options.learning_rate = 1e30;  // to infinity in one step
  EXPECT_THROW(run_on(test::comm(), iris(), iris_start(), options), InputError);
}

TEST(SammonOptimizers, AreEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  const RowMatrix x = cells().topRows(300), start = x.leftCols(2);
  for (const OptimizerKind optimizer : all_optimizers) {
    Options options;
    options.optimizer = optimizer;
    options.iterations = 40;
    options.learning_rate = 0.2;
    options.momentum = 0.5;
    const Outcome single = run_on(alone, x, start, options), together = run_on(test::comm(), x, start, options);
    EXPECT_EQ(single.map, together.map) << static_cast<int>(optimizer);
    EXPECT_EQ(single.results.history, together.results.history) << static_cast<int>(optimizer);
    EXPECT_EQ(single.results.stress, together.results.stress) << static_cast<int>(optimizer);
  }
}

TEST(SammonSchedule, VisitsAllPairsUpToItsLimitOrIfToldTo) {
  Options options;
  EXPECT_FALSE(begins_stochastic(options, automatic_points));
  EXPECT_TRUE(begins_stochastic(options, automatic_points + 1));
  EXPECT_TRUE(evaluates_all_pairs(options, exact_points));
  EXPECT_FALSE(evaluates_all_pairs(options, exact_points + 1));
  options.optimizer = OptimizerKind::lbfgs;
  EXPECT_TRUE(evaluates_all_pairs(options, exact_points + 1));
  options.optimizer = OptimizerKind::stochastic;
  EXPECT_FALSE(evaluates_all_pairs(options, exact_points + 1));
}

TEST(SammonSchedule, IsThatOfTheDocumentation) {
  Options options;
  options.relaxations = 2;
  const auto names = [&](OptimizerKind optimizer) {
    options.optimizer = optimizer;
    std::vector<std::string> found;
    for (const auto& [name, step] : run_on(test::comm(), iris(), iris_start(), options).results.phases) {
      found.push_back(name);
    }
    return found;
  };
  const std::vector<std::string> descent = {"l-bfgs", "relaxation", "l-bfgs", "relaxation", "l-bfgs"};
  EXPECT_EQ(names(OptimizerKind::lbfgs), descent);
  std::vector<std::string> automatic = {"pseudo-newton"};
  automatic.insert(automatic.end(), descent.begin(), descent.end());
  EXPECT_EQ(names(OptimizerKind::automatic), automatic);
  EXPECT_EQ(names(OptimizerKind::stochastic), std::vector<std::string>{"stochastic"});
  // A map that is pushed apart may cost less than nothing, which does not make it exact.
  PenaltyTerms terms;
  terms.pushes.push_back({"half", 10, my_part(std::vector<std::uint8_t>(149, 0))});
  const Index first = RowPartition(149, test::comm().shares()).begin(test::comm().rank());
  auto& members = terms.pushes[0].members;
  for (std::size_t i = 0; i < members.size(); ++i) members[i] = first + static_cast<Index>(i) < 50;
  options.optimizer = OptimizerKind::lbfgs;
  State pushed(test::comm(), my_rows_of(iris(), test::comm()), my_rows_of(iris_start(), test::comm()), options, Log(),
               terms);
  EXPECT_LT(pushed.cost(), 0);
  EXPECT_FALSE(pushed.converged());
}

TEST(SammonOptimizers, StochasticRoundsComeNearTheRest) {
  Options options;
  options.optimizer = OptimizerKind::stochastic;
  const double stochastic = run_on(test::comm(), cells(), cells().leftCols(2), options).results.stress;
  EXPECT_LT(stochastic, 1.02 * 0.0792966);  // where L-BFGS ends
}

/// What a checkpoint does: copies what one run's arrays hold to where another's lie.
void copy(const NamedArrays& from, const NamedArrays& to) {
  ASSERT_EQ(from.size(), to.size());
  for (std::size_t k = 0; k < from.size(); ++k) {
    EXPECT_EQ(from[k].name, to[k].name);
    std::visit([&](auto* place) { *std::get<std::decay_t<decltype(place)>>(to[k].place) = *place; }, from[k].place);
  }
}

TEST(SammonState, GoesOnFromItsArraysAsIfNothingHadHappened) {
  const auto x = my_rows_of(cells().topRows(200), test::comm());
  const auto start = my_rows_of(cells().topRows(200).leftCols(2), test::comm());
  for (const OptimizerKind optimizer : all_optimizers) {
    Options options;
    options.optimizer = optimizer;
    options.learning_rate = 0.2;
    options.momentum = 0.5;
    options.rounds = 120;
    State whole(test::comm(), x, start, options);
    whole.run_until(160);
    for (const Index stop : {0, 7, 33, 66, 110, 125}) {
      State before(test::comm(), x, start, options), after(test::comm(), x, start, options);
      before.run_until(stop);
      copy(before.arrays(), after.arrays());
      after.resume();
      EXPECT_EQ(after.step(), before.step());
      after.run_until(160);
      EXPECT_EQ(after.points().local, whole.points().local) << static_cast<int>(optimizer) << " at " << stop;
      EXPECT_EQ(after.history(), whole.history()) << static_cast<int>(optimizer) << " at " << stop;
    }
  }
}

TEST(SammonState, GoesOnFromAnyStepOfItsSchedule) {
  const auto x = my_rows_of(iris().topRows(50), test::comm()),
             start = my_rows_of(iris_start().topRows(50), test::comm());
  PenaltyTerms terms;
  terms.l2 = 0.01;
  Options options;
  options.tolerance = 1e-6;
  State whole(test::comm(), x, start, options, Log(), terms);
  whole.run_until(100'000);
  EXPECT_TRUE(whole.converged());
  EXPECT_STREQ(whole.name_of(whole.stage()), "l-bfgs");
  EXPECT_GE(whole.stage(), 8) << "the relaxation has come to its end";
  State before(test::comm(), x, start, options, Log(), terms);
  for (Index stop = 0; stop <= whole.step(); ++stop) {
    before.run_until(stop);
    State after(test::comm(), x, start, options, Log(), terms);
    copy(before.arrays(), after.arrays());
    after.resume();
    EXPECT_EQ(after.step(), stop);
    after.run_until(stop + 12);
    EXPECT_TRUE(std::equal(after.history().begin(), after.history().end(), whole.history().begin())) << stop;
    if (stop % 32 != 0) continue;
    after.run_until(100'000);
    EXPECT_EQ(after.points().local, whole.points().local) << stop;
    EXPECT_EQ(after.history(), whole.history()) << stop;
  }
}

TEST(SammonRun, IsTakenUpFromItsNamedArrays) {
  const auto x = my_rows_of(iris(), test::comm()), start = my_rows_of(iris_start(), test::comm());
  Options options;
  sammon::Run whole(State(test::comm(), x, start, options), options);
  whole.run_until(500);
  for (const Index stop : {0, 12, 45, 100}) {
    sammon::Run before(State(test::comm(), x, start, options), options),
        after(State(test::comm(), x, start, options), options);
    before.run_until(stop);
    copy(before.arrays(), after.arrays());
    after.resume();
    EXPECT_EQ(after.step(), stop);
    after.run_until(500);
    EXPECT_EQ(after.done(), whole.done());
    const Results a = after.results(), b = whole.results();
    EXPECT_EQ(a.points.local, b.points.local);
    EXPECT_EQ(a.history, b.history);
    EXPECT_EQ(a.phases, b.phases);
  }
}

TEST(SammonZeroDistance, MergedPointsLieTogetherAndWeighAsMany) {
  RowMatrix x = iris(), start = iris_start();
  RowMatrix twice_x(152, 4), twice_start(152, 2);
  twice_x << x, x.row(3), x.row(3), x.row(80);
  twice_start << start, 2 * start.row(3), start.row(7), start.row(9);
  Options options;
  options.zero_distance = ZeroDistance::merge;
  const Outcome merged = run_on(test::comm(), twice_x, twice_start, options);
  EXPECT_EQ(merged.map.row(149), merged.map.row(3));
  EXPECT_EQ(merged.map.row(150), merged.map.row(3));
  EXPECT_EQ(merged.map.row(151), merged.map.row(80));
  // E is that of all 152 points, pairs of twins left out: they are at distance 0 in both.
  const test::Dense given = test::distances(twice_x.cast<double>()), near = test::distances(merged.map.cast<double>());
  double sum = 0, c = 0;
  for (Index i = 0; i < 152; ++i) {
    for (Index j = 0; j < i; ++j) {
      if (given(i, j) == 0) continue;
      sum += std::pow(given(i, j) - near(i, j), 2) / given(i, j);
      c += given(i, j);
    }
  }
  EXPECT_NEAR(merged.results.stress, sum / c, 1e-5 * sum / c);
  // E is the mean over the points of theirs.
  std::vector<float> stress = merged.results.quality.point_stress;
  stress = mpi::all_gather_v(test::comm(), stress);
  double mean = 0;
  for (const float its : stress) mean += static_cast<double>(its) / 152;
  EXPECT_NEAR(mean, merged.results.stress, 1e-5 * mean);
  options.zero_distance = ZeroDistance::epsilon;
  EXPECT_LT(run_on(test::comm(), twice_x, twice_start, options).results.stress, 0.1);
  options.zero_distance = ZeroDistance::error;
  EXPECT_THROW(run_on(test::comm(), twice_x, twice_start, options), InputError);
}

}  // namespace
}  // namespace replearn::sammon
