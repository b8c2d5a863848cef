#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "methods/map_quality/batch_mixing.hpp"
#include "methods/map_quality/label_scores.hpp"
#include "methods/map_quality/map_pairs.hpp"
#include "methods/map_quality/silhouette.hpp"
#include "methods/map_quality/stress.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

// The scores of whole maps are compared with definitions, scikit-learn and scib-metrics in tests/cli/test_evaluate.py.
namespace replearn::map_quality {
namespace {

using test::comm;

TEST(MapQuality, ChiSquaredTailIsSciPys) {
  // scipy.stats.chi2.sf(x, k)
  EXPECT_DOUBLE_EQ(chi_squared_tail(1, 0), 1);
  EXPECT_NEAR(chi_squared_tail(1, 3.841), 0.050013683763956804, 1e-14);
  EXPECT_NEAR(chi_squared_tail(2, 5.0), 0.0820849986238988, 1e-14);
  EXPECT_NEAR(chi_squared_tail(3, 0.1), 0.9918374237318764, 1e-14);
  EXPECT_NEAR(chi_squared_tail(4, 20.0), 0.0004993992273873336, 1e-14);
  EXPECT_NEAR(chi_squared_tail(7, 9.5), 0.21872185112315715, 1e-14);
  EXPECT_NEAR(chi_squared_tail(30, 12.0), 0.9985996461666381, 1e-14);
}

TEST(MapQuality, SamplesAreDistinctAscendingAndUniform) {
  std::vector<Index> times(100, 0);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto rows = sample_rows(100, 20, seed);
    EXPECT_EQ(std::ssize(rows), 20);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    EXPECT_EQ(std::set<Index>(rows.begin(), rows.end()).size(), 20u);
    for (const Index row : rows) ++times[row];
  }
  for (const Index count : times) EXPECT_NEAR(count, 200, 5 * std::sqrt(1000 * 0.2 * 0.8));
  EXPECT_EQ(std::ssize(sample_rows(7, 9, 0)), 7);
}

TEST(MapQuality, CurveSizesAscendFromOneToNMinusTwo) {
  for (const Index n : {3, 4, 33, 34, 35, 36, 1000, 1'000'000}) {
    const auto sizes = curve_sizes(n);
    EXPECT_EQ(sizes.front(), 1);
    EXPECT_EQ(sizes.back(), n - 2);
    EXPECT_TRUE(std::is_sorted(sizes.begin(), sizes.end(), std::less_equal<>()));
  }
}

TEST(MapQuality, StandardErrorOfAllRowsIsZero) {
  const std::vector<double> values = {1, 2, 3, 6};
  EXPECT_EQ(standard_error(values, 4), 0);
  // Variance 14 / 3 over 4 values, half of the population.
  EXPECT_NEAR(standard_error(values, 8), std::sqrt(14.0 / 3 / 4 / 2), 1e-15);
}

TEST(MapQuality, EqualPartitionsAgreeAndIndependentOnesDoNot) {
  const Labels a{{0, 0, 1, 1, -1}, 2}, same{{1, 1, 0, 0, 0}, 2}, crossed{{0, 1, 0, 1, 1}, 2}, single{{0, 0, 0, 0, 0}, 1};
  EXPECT_DOUBLE_EQ(compare_clustering(a, same).adjusted_rand, 1);
  EXPECT_DOUBLE_EQ(compare_clustering(a, same).mutual_information, 1);
  EXPECT_DOUBLE_EQ(compare_clustering(a, crossed).adjusted_rand, -0.5);
  EXPECT_NEAR(compare_clustering(a, crossed).mutual_information, 0, 1e-15);
  EXPECT_DOUBLE_EQ(compare_clustering(a, single).adjusted_rand, 0);
  EXPECT_DOUBLE_EQ(compare_clustering(single, single).mutual_information, 1);
}

/// The only neighbor of each local row: the next one, cyclically within groups of `group` rows.
NeighborLists cycles(const RowPartition& partition, int rank, Index group) {
  NeighborLists lists;
  for (Index i = partition.begin(rank); i < partition.end(rank); ++i) {
    const Index first = i / group * group;
    lists.all.push_back({1.0, first + (i - first + 1) % group});
    lists.offsets.push_back(static_cast<Index>(lists.all.size()));
  }
  return lists;
}

TEST(MapQuality, CyclesAreStronglyConnectedAndChainsAreNot) {
  const RowPartition partition(600, comm().shares());
  auto lists = cycles(partition, comm().rank(), 60);
  Labels labels{std::vector<std::int32_t>(600), 2};
  for (Index i = 0; i < 600; ++i) labels.codes[i] = i < 120 ? 0 : 1;
  // Two cycles of 60 among 120 rows; eight among 480.
  EXPECT_DOUBLE_EQ(graph_connectivity(comm(), lists, 1, labels), (0.5 + 60.0 / 480) / 2);
  // The last row of each cycle points to the next cycle: a chain of single rows, except for the last cycle.
  for (Index i = 0; i < lists.rows(); ++i) {
    const Index row = partition.begin(comm().rank()) + i;
    if (row % 60 == 59 && row + 1 < 600) lists.all[i].row = row + 1;
  }
  EXPECT_DOUBLE_EQ(graph_connectivity(comm(), lists, 1, labels), (1.0 / 120 + 60.0 / 480) / 2);
}

TEST(MapQuality, SilhouettesOfTwoFarPointsPerLabel) {
  // Labels at 0 and 10; within a label 1 apart.
  RowMatrix x(5, 1);
  x << 0, 1, 10, 11, 5;
  const auto matrix = my_rows_of(x, comm());
  const Space space(comm(), matrix);
  const Labels labels{{0, 0, 1, 1, -1}, 2};
  const auto found = silhouettes(comm(), space, labels, {0, 1, 2, 4});
  EXPECT_NEAR(found[0], 1 - 1 / 10.5, 1e-7);
  EXPECT_NEAR(found[1], 1 - 1 / 9.5, 1e-7);
  EXPECT_NEAR(found[2], 1 - 1 / 9.5, 1e-7);
  EXPECT_TRUE(std::isnan(found[3]));
}

TEST(MapQuality, TwiceTheMapHasTheStressOfItsScale) {
  const auto x = test::random_rows(300, 4, 3);
  const Space space(comm(), my_rows_of(x, comm())), twice(comm(), my_rows_of(RowMatrix(2 * x), comm()));
  const auto scores = stress_of_all_pairs(comm(), space, {&space, &twice});
  EXPECT_NEAR(scores[0].sammon.value, 0, 1e-12);
  EXPECT_NEAR(scores[1].sammon.value, 1, 1e-12);
  EXPECT_NEAR(scores[1].stress_1.value, 1, 1e-12);
  EXPECT_NEAR(scores[1].scaled_sammon.value, 0, 1e-12);
  EXPECT_NEAR(scores[1].scale_normalized_stress.value, 0, 1e-6);
  EXPECT_NEAR(scores[1].shepard.value, 1, 1e-6);
  EXPECT_NEAR(procrustes_disparity(space, twice), 0, 1e-7);
}

TEST(MapQuality, SampledRowsAreThoseOfOneRank) {
  const auto x = test::random_rows(500, 6, 1), y = test::random_rows(500, 2, 2);
  const auto alone = comm().split(comm().rank());
  const auto sample = sample_rows(500, 77, 4);
  const auto compare = [&](const mpi::Communicator& ranks) {
    const Space reference(ranks, my_rows_of(x, ranks)), map(ranks, my_rows_of(y, ranks));
    auto sampled = compare_sampled_rows(ranks, reference, {&map}, sample, 4);
    const auto stress = stress_of_all_pairs(ranks, reference, {&map});
    return std::pair(std::move(sampled[0]), stress[0]);
  };
  const auto [sampled, stress] = compare(comm());
  const auto [sampled_alone, stress_alone] = compare(alone);
  EXPECT_EQ(sampled.larger_ranks, sampled_alone.larger_ranks);
  EXPECT_EQ(sampled.areas, sampled_alone.areas);
  EXPECT_EQ(sampled.q_sums, sampled_alone.q_sums);
  EXPECT_EQ(sampled.pair_maps, sampled_alone.pair_maps);
  EXPECT_EQ(stress.sammon.value, stress_alone.sammon.value);
  EXPECT_EQ(stress.shepard.value, stress_alone.shepard.value);
  // Maps without a relation.
  EXPECT_NEAR(rank_curve(sampled, 500).auc.value, 0, 5 * rank_curve(sampled, 500).auc.error + 0.01);
}

}  // namespace
}  // namespace replearn::map_quality
