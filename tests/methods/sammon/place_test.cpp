#include "methods/sammon/place.hpp"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "methods/sammon/shepard.hpp"
#include "sets.hpp"
#include "support/random_rows.hpp"
#include "support/reference/dense_sammon.hpp"

namespace replearn::sammon {
namespace {

struct WholePlaced {
  RowMatrix map;
  std::vector<float> stress;
  double mean;
};
WholePlaced place_whole(const mpi::Communicator& comm, const RowMatrix& x, const RowMatrix& reference,
                        const RowMatrix& map, const PlaceOptions& options = {}) {
  const Placed placed = place(comm, my_rows_of(x, comm), reference, map, options);
  return {all_gather_rows(comm, placed.points), mpi::all_gather_v(comm, placed.stress), placed.mean_stress};
}

TEST(SammonPlace, PutsPointsOfAPlaneWhereTheyBelong) {
  const RowMatrix flat = test::random_rows(300, 2, 71);
  const RowMatrix turn = Eigen::HouseholderQR<Eigen::MatrixXf>(test::random_rows(6, 6, 72)).householderQ() *
                         Eigen::MatrixXf::Identity(6, 2);
  const RowMatrix x = flat * turn.transpose();
  PlaceOptions options;
  options.tolerance = 1e-6;
  const auto placed = place_whole(test::comm(), x.bottomRows(100), x.topRows(200), flat.topRows(200), options);
  EXPECT_LT((placed.map - flat.bottomRows(100)).rowwise().norm().maxCoeff(), 1e-3f);
  EXPECT_LT(placed.mean, 1e-8);
  const auto duplicates = place_whole(test::comm(), x.topRows(50), x.topRows(200), flat.topRows(200), options);
  EXPECT_EQ(duplicates.map, flat.topRows(50));
}

TEST(SammonPlace, MindsNoScale) {
  const RowMatrix x = test::random_rows(90, 4, 75), map = test::random_rows(60, 2, 76);
  const auto plain = place_whole(test::comm(), x.bottomRows(30), x.topRows(60), map);
  const float scale = std::ldexp(1.0f, -100);
  const auto scaled = place_whole(test::comm(), x.bottomRows(30) * scale, x.topRows(60) * scale, map * scale);
  EXPECT_NEAR(scaled.mean, plain.mean, 1e-5 * plain.mean);
  EXPECT_LT((scaled.map / scale - plain.map).norm(), 1e-3f * plain.map.norm());
}

TEST(SammonPlace, ComesToRestWhereNoSmallStepIsLower) {
  const RowMatrix x = cells(), reference = x.topRows(600), added = x.bottomRows(100);
  const RowMatrix map = run_whole(State(test::comm(), my_rows_of(reference, test::comm()),
                                        my_rows_of(reference.leftCols(2), test::comm()), {}),
                                  {})
                            .map;
  for (const PairWeight& weight : {PairWeight{1, 0}, PairWeight{0, 0}}) {
    PlaceOptions options;
    options.weight = weight;
    options.tolerance = 1e-7;
    options.iterations = 5000;
    const auto placed = place_whole(test::comm(), added, reference, map, options);
    const auto stress = [&](Index i, double dx, double dy) {
      double sum = 0, c = 0;
      for (Index j = 0; j < 600; ++j) {
        const double g = (added.row(i).cast<double>() - reference.row(j).cast<double>()).norm();
        const double d = std::hypot(static_cast<double>(placed.map(i, 0)) + dx - static_cast<double>(map(j, 0)),
                                    static_cast<double>(placed.map(i, 1)) + dy - static_cast<double>(map(j, 1)));
        sum += weight(g) * (g - d) * (g - d);
        c += weight(g) * g * g;
      }
      return sum / c;
    };
    constexpr double h = 0.02;
    double mean = 0;
    for (Index i = 0; i < 100; ++i) {
      const double here = stress(i, 0, 0);
      mean += here / 100;
      EXPECT_NEAR(static_cast<double>(placed.stress[static_cast<std::size_t>(i)]), here, 1e-5 * here);
      for (const auto& [dx, dy] : {std::pair(h, 0.0), std::pair(-h, 0.0), std::pair(0.0, h), std::pair(0.0, -h)}) {
        EXPECT_GT(stress(i, dx, dy), here * (1 - 1e-7)) << i;
      }
    }
    EXPECT_NEAR(placed.mean, mean, 1e-5 * mean);
  }
}

TEST(SammonPlace, IsEqualToTheBitOnAnyNumberOfRanksAndInAnyCompany) {
  const auto alone = test::comm().split(test::comm().rank());
  const RowMatrix x = cells(), reference = x.topRows(300), map = reference.leftCols(2);
  const auto together = place_whole(test::comm(), x.bottomRows(400), reference, map);
  EXPECT_EQ(together.map, place_whole(alone, x.bottomRows(400), reference, map).map);
  EXPECT_EQ(together.map.bottomRows(7), place_whole(alone, x.bottomRows(7), reference, map).map);
}

TEST(SammonPlace, RefusesAnotherSpace) {
  const RowMatrix x = test::random_rows(40, 3, 73);
  EXPECT_THROW(place_whole(test::comm(), x, test::random_rows(50, 4, 74), test::random_rows(50, 2, 75)), InputError);
  EXPECT_THROW(place_whole(test::comm(), x, test::random_rows(50, 3, 74), test::random_rows(49, 2, 75)), InputError);
}

TEST(SammonLandmarks, AreAsManyAsAskedForAndTheSameOnAnyNumberOfRanks) {
  const RowPartition partition(1000, test::comm().size()), whole(1000, 1);
  const auto mine = mpi::all_gather_v(test::comm(), random_landmarks(partition, test::comm().rank(), 77, 5));
  EXPECT_EQ(mine, random_landmarks(whole, 0, 77, 5));
  EXPECT_EQ(std::accumulate(mine.begin(), mine.end(), 0), 77);
  EXPECT_NE(mine, random_landmarks(whole, 0, 77, 6));
}

TEST(SammonShepard, CountsEveryPairInItsPlace) {
  const RowMatrix x = test::random_rows(120, 4, 76), y = test::random_rows(120, 2, 77);
  const StoredDistances given(test::comm(), between_rows(test::comm(), my_rows_of(x, test::comm()), {}), {}, {}, {},
                              ZeroDistance::error, Log());
  const auto counts = count_shepard(test::comm(), given, my_rows_of(y, test::comm()).local.cast<double>(), 10);
  const test::Dense far = test::distances(x.cast<double>()), near = test::distances(y.cast<double>());
  EXPECT_NEAR(counts.given_to, far.maxCoeff(), 1e-5);
  EXPECT_NEAR(counts.map_to, near.maxCoeff(), 1e-5);
  EXPECT_EQ(counts.pairs, 120 * 119 / 2);
  std::vector<Index> twin(100, 0);
  Index at_borders = 0;
  for (Index i = 0; i < 120; ++i) {
    for (Index j = 0; j < i; ++j) {
      const double a = 10 * far(i, j) / counts.given_to, b = 10 * near(i, j) / counts.map_to;
      at_borders += std::abs(a - std::round(a)) < 1e-5 || std::abs(b - std::round(b)) < 1e-5;
      ++twin[static_cast<std::size_t>(std::min(9.0, std::floor(a)) * 10 + std::min(9.0, std::floor(b)))];
    }
  }
  Index differ = 0;
  for (std::size_t k = 0; k < 100; ++k) differ += std::abs(twin[k] - counts.counts[k]);
  EXPECT_LE(differ, 2 * at_borders);
  // Every third tile or so: fewer, and the same on any number of ranks.
  const auto some = count_shepard(test::comm(), given, my_rows_of(y, test::comm()).local.cast<double>(), 10, 3000);
  EXPECT_LT(some.pairs, counts.pairs);
  EXPECT_GT(some.pairs, 500);
}

}  // namespace
}  // namespace replearn::sammon
