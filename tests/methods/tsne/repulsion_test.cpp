#include "methods/tsne/repulsion.hpp"

#include <gtest/gtest.h>

#include "methods/tsne/repulsion_barnes_hut.hpp"
#include "methods/tsne/repulsion_fft.hpp"
#include "mpi/collectives.hpp"
#include "support/maps.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

RowMatrixD whole(const mpi::Communicator& comm, const RowMatrixD& mine, Index n) {
  const auto all = mpi::all_gather_v(comm, std::span<const double>(mine.data(), static_cast<std::size_t>(mine.size())));
  return Eigen::Map<const RowMatrixD>(all.data(), n, mine.cols());
}

TEST(TsneRepulsion, ByFftIsTheExactOneToAThousandth) {
  for (const Index q : {1, 2}) {
    for (const auto& map : test::maps(3000, q)) {
      const RowPartition partition(3000, test::comm().size());
      const auto exact = repulsion(test::comm(), partition, map.points);
      FftRepulsion fft(test::comm(), partition, q);
      Repulsion fast;
      const Extent extent = extent_of(map.points);
      fft.compute_repulsion(map.points, extent, fit_grid(extent.width, 0.3), fast);
      const RowMatrixD twin = whole(test::comm(), exact.forces, 3000), forces = whole(test::comm(), fast.forces, 3000);
      EXPECT_LT((forces - twin).norm(), 1e-3 * twin.norm()) << map.name << ", q " << q;
      EXPECT_NEAR(fast.z, exact.z, 1e-4 * exact.z) << map.name << ", q " << q;
    }
  }
}

TEST(TsneRepulsion, ByTreeIsTheExactOneAsThetaPromises) {
  for (const Index q : {2, 3}) {
    for (const auto& map : test::maps(3000, q)) {
      const RowPartition partition(3000, test::comm().size());
      const auto exact = repulsion(test::comm(), partition, map.points);
      const RowMatrixD twin = whole(test::comm(), exact.forces, 3000);
      for (const double theta : {0.0, 0.25, 0.5}) {
        Repulsion fast;
        compute_repulsion_by_tree(test::comm(), partition, map.points, theta, fast);
        const RowMatrixD forces = whole(test::comm(), fast.forces, 3000);
        const double allowed = 0.05 * theta * theta + 1e-5;
        EXPECT_LT((forces - twin).norm(), allowed * twin.norm()) << map.name << ", q " << q << ", theta " << theta;
        EXPECT_NEAR(fast.z, exact.z, allowed * exact.z) << map.name << ", q " << q << ", theta " << theta;
      }
    }
  }
}

TEST(TsneRepulsion, ByTreeIsEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  for (const Index q : {2, 3}) {
    for (const auto& map : test::maps(700, q)) {
      Repulsion mine, single;
      compute_repulsion_by_tree(test::comm(), RowPartition(700, test::comm().size()), map.points, 0.5, mine);
      compute_repulsion_by_tree(alone, RowPartition(700, 1), map.points, 0.5, single);
      EXPECT_EQ(whole(test::comm(), mine.forces, 700), single.forces) << map.name;
      EXPECT_EQ(mine.z, single.z) << map.name;
    }
  }
}

/// 20,000 points in two places and 10 elsewhere.
TEST(TsneRepulsion, OfThousandsOfDuplicatesIsTheClosedForm) {
  constexpr Index n = 20010;
  for (const Index q : {1, 2, 3}) {
    RowMatrix points = RowMatrix::Zero(n, q);
    points.middleRows(7000, 10000).col(0).setConstant(3);
    for (Index i = 0; i < 10; ++i) points(n - 1 - i, 0) = 40 + 5 * static_cast<float>(i);
    const RowPartition partition(n, test::comm().size());
    std::vector<Repulsion> results;
    if (q <= 2) {
      const Extent extent = extent_of(points);
      FftRepulsion(test::comm(), partition, q)
          .compute_repulsion(points, extent, fit_grid(extent.width, 0.3), results.emplace_back());
    }
    if (q >= 2) compute_repulsion_by_tree(test::comm(), partition, points, 0.2, results.emplace_back());
    for (const auto& result : results) {
      EXPECT_TRUE(result.forces.allFinite());
      // Pairs of one place have w = 1, of the two w = 1 / 10; those with the ten are 1e-3 of all.
      EXPECT_NEAR(result.z, 2e8 * (1 + 0.1), 2e8 * 2e-3);
      // Row 0: from the other place, 3 away, to the left.
      if (partition.owner(0) == test::comm().rank()) {
        EXPECT_NEAR(result.forces(0, 0), -1e4 * 0.01 * 3, 0.3);
      }
    }
  }
}

TEST(TsneRepulsion, OfAMapTooWideForAGridIsByTheTree) {
  const RowMatrix wide = 1e5f * test::random_rows(1000, 2, 111), widest = 1e30f * test::random_rows(1000, 2, 112);
  const RowPartition partition(1000, test::comm().size());
  Options options;
  options.repulsion = RepulsionMethod::fft;
  RepulsionSolver repulsion_solver(test::comm(), partition, options, Log());
  Repulsion result, tree;
  repulsion_solver.compute_repulsion(wide, result);
  compute_repulsion_by_tree(test::comm(), partition, wide, options.theta, tree);
  EXPECT_EQ(result.forces, tree.forces);
  EXPECT_EQ(result.z, tree.z);
  repulsion_solver.compute_repulsion(widest, result);
  EXPECT_TRUE(result.forces.allFinite());
}

TEST(TsneRepulsion, ChosenByCostIsOneOfTheThree) {
  const auto chosen = [](Index n, Index q, RepulsionMethod expected) {
    const RowMatrix points = 30 * test::random_rows(n, q, 113);
    const RowPartition partition(n, test::comm().size());
    Options options;
    options.dimensions = q;
    Repulsion result, other;
    RepulsionSolver(test::comm(), partition, options, Log()).compute_repulsion(points, result);
    options.repulsion = expected;
    RepulsionSolver(test::comm(), partition, options, Log()).compute_repulsion(points, other);
    return other.forces == result.forces;
  };
  EXPECT_TRUE(chosen(200, 2, RepulsionMethod::exact));
  EXPECT_TRUE(chosen(5000, 2, RepulsionMethod::barnes_hut));
  EXPECT_TRUE(chosen(5000, 3, RepulsionMethod::barnes_hut));
  EXPECT_TRUE(chosen(5000, 1, RepulsionMethod::fft));
  EXPECT_TRUE(chosen(500, 5, RepulsionMethod::exact));
}

TEST(TsneRepulsion, ByFftIsEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  for (const Index q : {1, 2}) {
    for (const auto& map : test::maps(700, q)) {
      const Extent extent = extent_of(map.points);
      const Grid grid = fit_grid(extent.width, 0.5);
      Repulsion mine, single;
      FftRepulsion(test::comm(), RowPartition(700, test::comm().size()), q)
          .compute_repulsion(map.points, extent, grid, mine);
      FftRepulsion(alone, RowPartition(700, 1), q).compute_repulsion(map.points, extent, grid, single);
      EXPECT_EQ(whole(test::comm(), mine.forces, 700), single.forces) << map.name;
      EXPECT_EQ(mine.z, single.z) << map.name;
    }
  }
}

// Rounded to nearest, the integer charges of 10^8 points would lose a tenth of their sum.
TEST(TsneRepulsion, ByFftLosesNoChargeOfManyPoints) {
  constexpr Index n = 60'000;
  const RowPartition partition(n, test::comm().size());
  for (const Index q : {1, 2}) {
    const RowMatrix points = 3 * test::random_rows(n, q, 110);
    const Extent extent = extent_of(points);
    const Grid grid = fit_grid(extent.width, 0.3);
    Repulsion few, many;
    FftRepulsion(test::comm(), partition, q).compute_repulsion(points, extent, grid, few);
    FftRepulsion(test::comm(), partition, q, 1, 100'000'000).compute_repulsion(points, extent, grid, many);
    const RowMatrixD twin = whole(test::comm(), few.forces, n), forces = whole(test::comm(), many.forces, n);
    const double ratio = forces.cwiseProduct(twin).sum() / twin.squaredNorm();
    EXPECT_NEAR(ratio, 1, 2e-3) << "q " << q;
    EXPECT_LT((forces - twin).norm(), 0.02 * twin.norm()) << "q " << q;
    EXPECT_NEAR(many.z, few.z, 2e-3 * few.z) << "q " << q;
  }
}

}  // namespace
}  // namespace replearn::tsne
