#include "methods/tsne/tsne.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/graphs.hpp"
#include "support/random_rows.hpp"
#include "support/read_binary.hpp"
#include "support/reference/dense_tsne.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

/// Runs to the end on all ranks of `comm`; the map, whole, on every rank.
struct Outcome {
  Results results;
  RowMatrix map;
};
Outcome run(const mpi::Communicator& comm, const RowMatrix& x, const RowMatrix& start, const Options& options) {
  const auto graph = test::graph_of(comm, x, options.neighbors_needed(x.rows()));
  Outcome outcome{tsne(comm, graph, my_rows_of(start, comm), options), {}};
  outcome.map = all_gather_rows(comm, outcome.results.points);
  return outcome;
}

/// Our maps against scikit-learn's (tests/data/tsne/make_reference.py), judged by the dense P over all pairs that
/// scikit-learn minimizes; ours minimizes the P of 3 * perplexity neighbors.
///
/// Where a run ends is a draw among local minima, which the last bit of the start decides (so another processor draws
/// another): from starts that differ by 1e-5 of themselves, twenty of our runs ended between 0.694 and 0.709 on the
/// blood cells, between 0.265 and 0.274 on digits. One run would test luck, so it is the median of nine.
void expect_median_divergence(const std::string& name, const RowMatrix& x, double scikit_learn_kl, double at_most) {
  const RowMatrix start = test::read_matrix("tsne/" + name + "_start.f32", 2);
  const RowMatrix theirs = test::read_matrix("tsne/" + name + "_map.f32", 2);
  const auto p =
      test::dense_joint_probabilities(test::squared_distances(x.cast<double>()), test::all_pairs(x.rows()), 30);
  EXPECT_NEAR(test::dense_kl_divergence(p, theirs.cast<double>()), scikit_learn_kl, 1e-4);  // the twin judges right

  constexpr Index runs = 9;
  const auto alone = test::comm().split(test::comm().rank());  // each rank does whole runs
  std::vector<double> mine;
  for (Index r = test::comm().rank(); r < runs; r += test::comm().size()) {
    const RowMatrix noise = test::random_rows(x.rows(), 2, static_cast<std::uint64_t>(100 + r));
    const RowMatrix near = start.array() * (1 + 1e-5f * noise.array());
    mine.push_back(test::dense_kl_divergence(p, run(alone, x, near, {}).map.cast<double>()));
  }
  auto divergences = mpi::all_gather_v(test::comm(), mine);
  ASSERT_EQ(divergences.size(), static_cast<std::size_t>(runs));
  std::sort(divergences.begin(), divergences.end());
  EXPECT_LE(divergences[runs / 2], at_most * scikit_learn_kl) << name;
}

TEST(Tsne, IsAsGoodAsScikitLearnsExactOneOnBloodCells) {
  expect_median_divergence("pbmc68k", test::read_matrix("tsne/pbmc68k_pca.f32", 50), 0.6976332, 1.01);
}

// Not held to 1 % here: eight runs of scikit-learn from such starts ended at a median of 0.2656, twenty of ours at
// 0.2685 (1.1 % above), twelve of openTSNE 1.0.4, whose rule ours is, at 0.2708 (1.9 % above). Why is not known; a
// learning rate of 200, scikit-learn's in our convention, made ours worse (0.2925).
TEST(Tsne, IsNearScikitLearnsExactOneOnDigits) {
  expect_median_divergence("digits", test::read_matrix("neighbors/digits.f32", 64), 0.2665605, 1.03);
}

TEST(Tsne, StepsAreOpenTsnesThroughBothPhases) {
  Options options;
  options.early_exaggeration_iterations = 30;
  options.iterations = 20;
  const Outcome ours = run(test::comm(), test::read_matrix("tsne/pbmc68k_pca.f32", 50),
                           1e4f * test::read_matrix("tsne/pbmc68k_start.f32", 2), options);
  const RowMatrix theirs = test::read_matrix("tsne/pbmc68k_opentsne_map.f32", 2);
  const float difference = (ours.map - theirs).cwiseAbs().maxCoeff();
  EXPECT_LT(difference, 1e-4f * theirs.cwiseAbs().maxCoeff());
  EXPECT_NEAR(ours.results.kl_divergence, 0.8881690, 1e-5);
}

TEST(Tsne, IsEqualToTheBitOnAnyNumberOfRanks) {
  const RowMatrix x = test::read_matrix("tsne/pbmc68k_pca.f32", 50);
  const auto alone = test::comm().split(test::comm().rank());
  for (const Index q : {2, 3}) {
    Options options;
    options.dimensions = q;
    options.early_exaggeration_iterations = 60;
    options.iterations = 90;
    const RowMatrix start = 1e-4f * test::random_rows(700, q, 51);
    const Outcome together = run(test::comm(), x, start, options), single = run(alone, x, start, options);
    EXPECT_EQ(together.map, single.map);
    EXPECT_EQ(together.results.kl_divergence, single.results.kl_divergence);
    EXPECT_EQ(together.results.kl_history, single.results.kl_history);
    EXPECT_EQ(together.results.kl_iterations, (std::vector<Index>{50, 100, 150}));
  }
}

TEST(Tsne, DivergenceIsThatOfTheTrueProbabilitiesInBothPhases) {
  const RowMatrix x = test::read_matrix("neighbors/digits.f32", 64);
  const auto graph = test::graph_of(test::comm(), x, 90);
  const auto start = my_rows_of(test::read_matrix("tsne/digits_start.f32", 2), test::comm());
  State state(test::comm(), graph, start, {});
  test::Mask neighbors = test::Mask::Constant(300, 300, false);
  const auto lists = test::brute_force_neighbors(Metric::euclidean, x, 90);
  for (Index i = 0; i < 300; ++i) {
    for (const auto& neighbor : lists[static_cast<std::size_t>(i)]) neighbors(i, neighbor.second) = true;
  }
  const auto p = test::dense_joint_probabilities(test::squared_distances(x.cast<double>()), neighbors, 30);
  for (const Index step : {0, 100, 249, 250, 300}) {
    state.run_until(step);
    EXPECT_EQ(state.step(), step);
    EXPECT_STREQ(state.phase(), step < 250 ? "early exaggeration" : "optimization");
    const test::Dense map = all_gather_rows(test::comm(), state.points()).cast<double>();
    EXPECT_NEAR(state.kl_divergence(), test::dense_kl_divergence(p, map), 1e-5);
    for (Index k = 0; k < 2; ++k) EXPECT_NEAR(map.col(k).mean(), 0, 1e-5);
  }
  EXPECT_EQ(state.steps(), 750);
}

TEST(Tsne, StoppingOnTheWayChangesNothing) {
  const RowMatrix x = test::read_matrix("neighbors/digits.f32", 64);
  const auto graph = test::graph_of(test::comm(), x, 90);
  const auto start = my_rows_of(test::read_matrix("tsne/digits_start.f32", 2), test::comm());
  State at_once(test::comm(), graph, start, {}), in_parts(test::comm(), graph, start, {});
  at_once.run_until(270);
  for (const Index step : {0, 1, 40, 249, 251, 270}) {
    in_parts.run_until(step);
    in_parts.kl_divergence();
  }
  EXPECT_EQ(at_once.points().local, in_parts.points().local);
}

TEST(Tsne, OfThousandsOfDuplicatesIsFinite) {
  // Two places, a thousand rows at each: all distances to neighbors are 0.
  RowMatrix x = RowMatrix::Constant(2000, 3, 1.0f);
  x.bottomRows(1000).setConstant(2.0f);
  NeighborGraph graph{RowPartition(2000, test::comm().size()), test::comm().rank(), {0}, {}, {}};
  for (Index i = graph.first_row(); i < graph.partition.end(graph.rank); ++i) {
    const Index from = i < 1000 ? 0 : 1000;
    for (Index j = from; j < from + 30; ++j) graph.indices.push_back(j < i ? j : j + 1);
    graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
  }
  graph.distances.assign(graph.indices.size(), 0.0f);
  Options options;
  options.perplexity = {10};
  options.early_exaggeration_iterations = options.iterations = 20;
  const auto results = tsne(test::comm(), graph, random_start(graph.partition, graph.rank, 2, 7), options);
  EXPECT_TRUE(results.points.local.allFinite());
  EXPECT_TRUE(std::isfinite(results.kl_divergence));
}

TEST(Tsne, OfFourPointsAndOfCoincidingStarts) {
  RowMatrix x(4, 1);
  x << 0, 1, 10, 12;
  Options options;
  options.perplexity = {1};
  const Outcome outcome = run(test::comm(), x, 1e-4f * test::random_rows(4, 2, 52), options);
  EXPECT_TRUE(outcome.map.allFinite());
  const Outcome still = run(test::comm(), x, RowMatrix::Ones(4, 2), options);
  EXPECT_EQ(still.map, RowMatrix::Zero(4, 2));  // no pair pulls or pushes: it stays, without NaN
}

TEST(Tsne, ThatFliesApartIsAnError) {
  const RowMatrix x = test::read_matrix("neighbors/digits.f32", 64);
  Options options;
  options.learning_rate = 1e38;
  options.max_step_norm = 0;
  try {
    run(test::comm(), x, test::read_matrix("tsne/digits_start.f32", 2), options);
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "--learning-rate");
  }
}

TEST(Tsne, ReportsProgress) {
  const RowMatrix x = test::random_rows(40, 3, 53);
  Options options;
  options.perplexity = {5};
  options.early_exaggeration_iterations = 20;
  options.iterations = 35;
  std::vector<Progress> seen;
  tsne(test::comm(), test::graph_of(test::comm(), x, 15),
       random_start(RowPartition(40, test::comm().size()), test::comm().rank(), 2, 1), options,
       [&](const Progress& progress) { seen.push_back(progress); });
  ASSERT_EQ(seen.size(), 6u);
  EXPECT_EQ(seen[1].phase, "early exaggeration");
  EXPECT_EQ(seen[2].phase, "optimization");
  EXPECT_EQ(seen[5].iteration, 55);
  EXPECT_EQ(seen[5].iterations, 55);
  EXPECT_TRUE(std::isnan(seen[0].loss));
  EXPECT_GT(seen[4].loss, 0);
}

TEST(TsneStart, FromScoresHasTheDeviationAndTheShape) {
  RowMatrix scores = test::random_rows(500, 5, 54);
  scores.col(0).array() += 4;
  scores.col(0) *= 30;
  const auto start =
      all_gather_rows(test::comm(), start_from_scores(test::comm(), my_rows_of(scores, test::comm()), 2));
  ASSERT_EQ(start.cols(), 2);
  const Eigen::ArrayXd first = start.col(0).cast<double>();
  EXPECT_NEAR(std::sqrt((first - first.mean()).square().mean()), 1e-4, 1e-9);
  EXPECT_NEAR(start(3, 1) / start(3, 0), scores(3, 1) / scores(3, 0), 1e-5f * std::abs(scores(3, 1) / scores(3, 0)));
  // scikit-learn's start was scaled by numpy.
  const RowMatrix theirs = test::read_matrix("tsne/pbmc68k_start.f32", 2),
                  x = test::read_matrix("tsne/pbmc68k_pca.f32", 50);
  const auto ours = all_gather_rows(test::comm(), start_from_scores(test::comm(), my_rows_of(x, test::comm()), 2));
  EXPECT_LT((ours - theirs).cwiseAbs().maxCoeff(), 1e-9f);
}

TEST(TsneStart, RandomIsNormalAndOfTheRowAlone) {
  const auto start = random_start(RowPartition(4000, test::comm().size()), test::comm().rank(), 2, 5);
  const auto all = all_gather_rows(test::comm(), start);
  EXPECT_EQ(all, random_start(RowPartition(4000, 1), 0, 2, 5).local);
  const Eigen::ArrayXd values = all.cast<double>().reshaped().array();
  EXPECT_NEAR(values.mean(), 0, 5e-6);
  EXPECT_NEAR(std::sqrt(values.square().mean()), 1e-4, 3e-6);
}

TEST(TsneStart, RefusesWhatGivesNone) {
  EXPECT_THROW(start_from_scores(test::comm(), my_rows_of(RowMatrix::Ones(50, 3), test::comm()), 2), InputError);
  EXPECT_THROW(start_from_scores(test::comm(), my_rows_of(test::random_rows(50, 1, 1), test::comm()), 2), InputError);
  const auto graph = test::graph_of(test::comm(), test::random_rows(50, 3, 2), 15);
  Options options;
  options.perplexity = {5};
  EXPECT_THROW(State(test::comm(), graph, my_rows_of(RowMatrix::Zero(50, 3), test::comm()), options), InputError);
  RowMatrix nan = RowMatrix::Zero(50, 2);
  nan(49, 1) = NAN;
  EXPECT_THROW(State(test::comm(), graph, my_rows_of(nan, test::comm()), options), InputError);
}

TEST(TsneOptions, NameTheOptionAndTheLargestPerplexity) {
  auto place = [](auto change, Index n) {
    Options options;
    change(options);
    try {
      options.validate(n);
    } catch (const InputError& error) {
      return error.place() + ": " + error.hint();
    }
    return std::string("fine");
  };
  auto perplexity = [](double value) { return [value](Options& o) { o.perplexity = {value}; }; };
  EXPECT_EQ(place(perplexity(30), 91), "fine");
  EXPECT_EQ(place(perplexity(30), 90), "--perplexity: choose at most 29.66");
  EXPECT_EQ(place(perplexity(29.66), 90), "fine");
  EXPECT_EQ(place(perplexity(1), 4), "fine");
  EXPECT_EQ(place(perplexity(1), 3), "data: use at least 4");
  EXPECT_EQ(place(perplexity(0.5), 100), "--perplexity: choose 1 or more");
  EXPECT_EQ(place(perplexity(NAN), 100), "--perplexity: choose 1 or more");
  EXPECT_EQ(place([](Options& o) { o.dimensions = 0; }, 100), "--dimensions: choose 1 or more");
  EXPECT_EQ(place([](Options& o) { o.grid_spacing = 0; }, 100), "--grid-spacing: choose a number from 0.05 to 1");
  EXPECT_EQ(place([](Options& o) { o.theta = -1; }, 100), "--theta: choose a number from 0 to 2");
  EXPECT_EQ(place(
                [](Options& o) {
                  o.repulsion = RepulsionMethod::fft;
                  o.dimensions = 3;
                },
                100),
            "--dimensions: choose 1 or 2 for --repulsion fft, or another repulsion");
  EXPECT_EQ(place(
                [](Options& o) {
                  o.repulsion = RepulsionMethod::barnes_hut;
                  o.dimensions = 1;
                },
                100),
            "--dimensions: choose 2 or 3 for --repulsion barnes-hut, or another repulsion");
  EXPECT_EQ(place([](Options& o) { o.momentum = 1; }, 100), "--momentum: choose a number of at least 0 and below 1");
  EXPECT_EQ(neighbors_needed(30, 1000), 90);
  EXPECT_EQ(neighbors_needed(30.4, 1000), 91);
  EXPECT_EQ(neighbors_needed(30, 50), 49);
}

}  // namespace
}  // namespace replearn::tsne
