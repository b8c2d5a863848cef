#include "methods/sammon/stress.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/reference/dense_sammon.hpp"
#include "support/test_comm.hpp"

namespace replearn::sammon {
namespace {

constexpr double all_memory = 1e12, no_memory = 1;
const PairWeight sammons = {1, 0}, raw = {0, 0}, smoothed = {1, 1}, steep = {1.7, 0.3}, rising = {-0.5, 0};

StoredDistances distances_of(const mpi::Communicator& comm, const RowMatrix& x, Metric metric = Metric::euclidean,
                             double memory = all_memory, PairWeight weight = sammons,
                             ZeroDistance zeros = ZeroDistance::error, Precision precision = Precision::float32) {
  return {comm, between_rows(comm, my_rows_of(x, comm), metric), weight, {}, {precision, memory}, zeros, Log()};
}

/// The whole of a matrix of which each rank holds its rows, on every rank.
RowMatrixD whole(const mpi::Communicator& comm, const RowMatrixD& mine) {
  const auto all = mpi::all_gather_v(comm, std::span<const double>(mine.data(), static_cast<std::size_t>(mine.size())));
  return Eigen::Map<const RowMatrixD>(all.data(), static_cast<Index>(all.size()) / mine.cols(), mine.cols());
}

struct Whole {
  double stress;
  RowMatrixD e1, e2, point_stress;
};
Whole evaluate_whole(const mpi::Communicator& comm, const StoredDistances& given, const RowMatrix& y) {
  const auto evaluation = evaluate(comm, given, my_rows_of(y, comm).local.cast<double>(), Detail::all);
  return {evaluation.stress, whole(comm, evaluation.e1), whole(comm, evaluation.e2),
          whole(comm, evaluation.point_stress)};
}

TEST(SammonStress, IsTheFormulaOfThePaper) {
  for (const Index q : {1, 2, 3, 5}) {
    for (const float scale : {0.01f, 1.0f, 100.0f}) {
      const RowMatrix x = test::random_rows(300, 8, 1), y = scale * test::random_rows(300, q, 2);
      const double ours = evaluate_whole(test::comm(), distances_of(test::comm(), x), y).stress;
      const double twin = test::dense_stress(test::distances(x.cast<double>()), y.cast<double>());
      EXPECT_NEAR(ours, twin, 1e-6 * twin) << "q " << q << ", scale " << scale;
    }
  }
}

TEST(SammonStress, OfThreePointsByHand) {
  // d* = 3, 4, 5; on the line 0, 3, 7: d = 3, 4, 7. E = 1/12 (0 + 0 + 4/5).
  RowMatrix x(3, 2), y(3, 1);
  x << 0, 3, 0, 0, 4, 0;
  y << 0, 3, 7;
  const auto given = distances_of(test::comm(), x);
  EXPECT_DOUBLE_EQ(given.sum(), 12);
  EXPECT_NEAR(evaluate_whole(test::comm(), given, y).stress, 0.8 / 12, 5e-8);
}

TEST(SammonStress, DerivativesAreTheFiniteDifferencesForEveryWeight) {
  for (const PairWeight weight : {sammons, raw, smoothed, steep, rising}) {
    for (const Index q : {1, 2, 3, 5}) {
      const RowMatrix x = test::random_rows(40, 6, 3), y = test::random_rows(40, q, 4);
      const test::Dense given = test::distances(x.cast<double>());
      const auto numeric = test::numeric_derivatives(given, y.cast<double>(), 1e-5, weight);
      const auto numeric_second = test::numeric_derivatives(given, y.cast<double>(), 1e-4, weight).second;
      const auto distances = distances_of(test::comm(), x, Metric::euclidean, all_memory, weight);
      const auto ours = evaluate_whole(test::comm(), distances, y);
      EXPECT_NEAR(ours.stress, test::dense_stress(given, y.cast<double>(), weight), 1e-6 * ours.stress);
      const double scale = 2 / distances.sum();
      EXPECT_LT((-scale * ours.e1 - numeric.first).cwiseAbs().maxCoeff(), 3e-6 * numeric.first.cwiseAbs().maxCoeff())
          << "a " << weight.a << ", q " << q;
      EXPECT_LT((scale * ours.e2 - numeric_second).cwiseAbs().maxCoeff(), 1e-3 * numeric_second.cwiseAbs().maxCoeff())
          << "a " << weight.a << ", q " << q;
    }
  }
}

TEST(SammonStress, OfPointsAddsUpToTwiceTheWhole) {
  const RowMatrix x = test::random_rows(300, 6, 30), y = test::random_rows(300, 2, 31);
  const auto given = distances_of(test::comm(), x, Metric::euclidean, all_memory, smoothed);
  const auto ours = evaluate_whole(test::comm(), given, y);
  EXPECT_NEAR(ours.point_stress.sum(), 2 * ours.stress * given.sum(), 1e-6 * ours.point_stress.sum());
  double of_17 = 0;
  const test::Dense far = test::distances(x.cast<double>()), near = test::distances(y.cast<double>());
  for (Index j = 0; j < 300; ++j) {
    if (j != 17) of_17 += std::pow(far(17, j) - near(17, j), 2) / (far(17, j) + 1);
  }
  EXPECT_NEAR(ours.point_stress(17, 0), of_17, 1e-5 * of_17);
}

TEST(SammonStress, WeightsOfPointsCountAsCopiesOfThem) {
  // Point 4 three times over, point 9 twice: the same as weights 3 and 2, up to the pairs of copies, which are at
  // distance 0 and lie together in the map: they add nothing.
  const RowMatrix x = test::random_rows(60, 4, 32), y = test::random_rows(60, 2, 33);
  RowMatrix more_x(63, 4), more_y(63, 2);
  more_x << x, x.row(4), x.row(4), x.row(9);
  more_y << y, y.row(4), y.row(4), y.row(9);
  std::vector<float> weights(60, 1.0f);
  weights[4] = 3;
  weights[9] = 2;
  const RowPartition partition(60, test::comm().size());
  const auto begin = weights.begin() + partition.begin(test::comm().rank());
  const StoredDistances weighted(test::comm(), between_rows(test::comm(), my_rows_of(x, test::comm()), {}), smoothed,
                                 {begin, begin + partition.count(test::comm().rank())}, {}, ZeroDistance::error, Log());
  const auto copied = distances_of(test::comm(), more_x, Metric::euclidean, all_memory, smoothed);
  EXPECT_NEAR(weighted.sum(), copied.sum(), 1e-6 * copied.sum());
  const auto a = evaluate_whole(test::comm(), weighted, y), b = evaluate_whole(test::comm(), copied, more_y);
  EXPECT_NEAR(a.stress, b.stress, 1e-6 * b.stress);
  EXPECT_LT((a.e1.row(20) - b.e1.row(20)).cwiseAbs().maxCoeff(), 1e-5 * b.e1.cwiseAbs().maxCoeff());
  EXPECT_LT((a.e1.row(4) - 3 * b.e1.row(4)).cwiseAbs().maxCoeff(), 1e-5 * b.e1.cwiseAbs().maxCoeff());
}

TEST(SammonStress, DerivativesAreTheSumsOfThePaper) {
  for (const Index n : {20, 300, 900}) {  // less than a tile, more, and a last tile that is not full
    const RowMatrix x = test::random_rows(n, 6, 5), y = test::random_rows(n, 2, 6);
    const auto twin = test::dense_sums(test::distances(x.cast<double>()), y.cast<double>());
    const auto ours = evaluate_whole(test::comm(), distances_of(test::comm(), x), y);
    EXPECT_LT((ours.e1 - twin.e1).cwiseAbs().maxCoeff(), 2e-6 * twin.e1.cwiseAbs().maxCoeff()) << n;
    EXPECT_LT((ours.e2 + twin.e2).cwiseAbs().maxCoeff(), 2e-6 * twin.e2.cwiseAbs().maxCoeff()) << n;  // ours: d2E
  }
}

TEST(SammonStress, ForcesOfAllPointsCancel) {
  const RowMatrix x = test::random_rows(500, 6, 7), y = test::random_rows(500, 2, 8);
  const auto e1 = evaluate_whole(test::comm(), distances_of(test::comm(), x), y).e1;
  for (Index p = 0; p < 2; ++p) EXPECT_NEAR(e1.col(p).sum(), 0, 1e-6 * e1.cwiseAbs().sum());
}

TEST(SammonStress, PointsThatCoincideInTheMapCountInTheStressAlone) {
  const RowMatrix x = test::random_rows(50, 4, 9);
  RowMatrix y = test::random_rows(50, 2, 10);
  y.row(31) = y.row(7);
  const auto ours = evaluate_whole(test::comm(), distances_of(test::comm(), x), y);
  const double twin = test::dense_stress(test::distances(x.cast<double>()), y.cast<double>());
  EXPECT_NEAR(ours.stress, twin, 1e-6 * twin);
  EXPECT_TRUE(ours.e1.allFinite());
  EXPECT_LT(ours.e2.cwiseAbs().maxCoeff(), 1e4);
}

TEST(SammonStress, IsEqualToTheBitOnAnyNumberOfRanksAndWithOrWithoutMemory) {
  const auto alone = test::comm().split(test::comm().rank());
  const RowMatrix x = test::random_rows(700, 9, 11), y = test::random_rows(700, 2, 12);
  for (const auto& [metric, precision] : {std::pair(Metric(Metric::euclidean), Precision::float32),
                                          std::pair(Metric(Metric::euclidean), Precision::uint16),
                                          std::pair(Metric(Metric::sqeuclidean), Precision::float32),
                                          std::pair(Metric(Metric::cosine), Precision::float32),
                                          std::pair(Metric(Metric::minkowski, 3), Precision::float32)}) {
    constexpr auto zeros = ZeroDistance::error;
    const auto kept = distances_of(test::comm(), x, metric, all_memory, sammons, zeros, precision);
    const auto computed = distances_of(test::comm(), x, metric, no_memory, sammons, zeros, precision);
    const auto single = distances_of(alone, x, metric, all_memory, sammons, zeros, precision);
    EXPECT_EQ(kept.sum(), single.sum());
    EXPECT_EQ(computed.sum(), single.sum());
    const auto expected = evaluate_whole(alone, single, y);
    for (const auto* given : {&kept, &computed}) {
      const auto found = evaluate_whole(test::comm(), *given, y);
      EXPECT_EQ(found.stress, expected.stress);
      EXPECT_EQ(found.e1, expected.e1);
      EXPECT_EQ(found.e2, expected.e2);
      EXPECT_EQ(found.point_stress, expected.point_stress);
    }
  }
}

TEST(SammonStoredDistances, InStepsAreOffByNoMoreThanHalfAStep) {
  const RowMatrix x = test::random_rows(200, 6, 34);
  const auto exact = distances_of(test::comm(), x);
  const auto steps =
      distances_of(test::comm(), x, Metric::euclidean, all_memory, sammons, ZeroDistance::error, Precision::uint16);
  const auto& tiles = exact.tiles();
  bool differs = false;
  for (Index tile = tiles.first(test::comm().rank()); tile < tiles.end(test::comm().rank()); ++tile) {
    const float *a = exact.tile(tile), *b = steps.tile(tile);
    for (Index k = 0; k < tiles.side() * tiles.side(); ++k) {
      EXPECT_LE(std::abs(a[k] - b[k]), 0.505f * exact.largest() / 65535);
      EXPECT_EQ(a[k] == 0, b[k] == 0);
      differs = differs || a[k] != b[k];
    }
  }
  EXPECT_TRUE(differs || tiles.first(test::comm().rank()) == tiles.end(test::comm().rank()));
}

TEST(SammonStoredDistances, EveryPairIsInOneTile) {
  for (const Index n : {3, 48, 49, 150, 1000}) {
    for (const int ranks : {1, 3, 5}) {
      const PairTiles tiles(n, ranks);
      Index pairs = 0, next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        EXPECT_EQ(tiles.first(rank), next);
        next = tiles.end(rank);
        for (Index tile = tiles.first(rank); tile < tiles.end(rank); ++tile) {
          const auto [row, column] = tiles.groups(tile);
          ASSERT_LE(row, column);
          ASSERT_LT(column, tiles.group_count());
          const Index size = tiles.group_size(row);
          pairs += row == column ? size * (size - 1) / 2 : size * tiles.group_size(column);
        }
      }
      EXPECT_EQ(next, tiles.tiles());
      EXPECT_EQ(pairs, n * (n - 1) / 2);
    }
  }
}

TEST(SammonStoredDistances, OfADistanceMatrixAreThoseOfItsRows) {
  const RowMatrix x = test::random_rows(150, 5, 35);
  const test::Dense all = test::distances(x.cast<double>());
  DistanceSource matrix;
  matrix.points = 150;
  matrix.symmetric = false;
  double skew = 0;
  matrix.measure = [&](Index a, Index a_count, Index b, Index b_count, float* out, Index stride) {
    for (Index i = 0; i < a_count; ++i) {
      for (Index j = 0; j < b_count; ++j) {
        out[i * stride + j] = static_cast<float>(all(a + i, b + j) + (a + i == 7 && b + j == 90 ? skew : 0));
      }
    }
  };
  const RowMatrix y = test::random_rows(150, 2, 36);
  const StoredDistances given(test::comm(), matrix, sammons, {}, {}, ZeroDistance::error, Log());
  const double twin = test::dense_stress(all, y.cast<double>());
  EXPECT_NEAR(evaluate_whole(test::comm(), given, y).stress, twin, 1e-6 * twin);
  skew = 0.5;
  try {
    const StoredDistances skewed(test::comm(), matrix, sammons, {}, {}, ZeroDistance::error, Log());
    ADD_FAILURE() << "was taken";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "rows 7 and 90");
    EXPECT_NE(error.problem().find("the other"), std::string::npos) << error.problem();
  }
}

TEST(SammonStoredDistances, OfZeroAreMadeSmallOrLeftAloneWhereTheWeightIsFinite) {
  RowMatrix x = test::random_rows(100, 4, 37);
  x.row(60) = x.row(3);
  x.row(61) = x.row(3);
  const RowMatrix y = test::random_rows(100, 2, 38);
  test::Dense all = test::distances(x.cast<double>());
  const double plain = test::dense_stress(all, y.cast<double>(), raw);
  EXPECT_NEAR(evaluate_whole(test::comm(), distances_of(test::comm(), x, Metric::euclidean, all_memory, raw), y).stress,
              plain, 1e-6 * plain);
  double least = 1e9;
  for (Index i = 0; i < 100; ++i) {
    for (Index j = 0; j < i; ++j) least = all(i, j) > 0 ? std::min(least, all(i, j)) : least;
  }
  for (Index i = 0; i < 100; ++i) {
    for (Index j = 0; j < 100; ++j) all(i, j) = i != j && all(i, j) == 0 ? least / 2 : all(i, j);
  }
  const double twin = test::dense_stress(all, y.cast<double>());
  for (const double memory : {all_memory, no_memory}) {
    const auto made = distances_of(test::comm(), x, Metric::euclidean, memory, sammons, ZeroDistance::epsilon);
    EXPECT_NEAR(evaluate_whole(test::comm(), made, y).stress, twin, 1e-5 * twin);
  }
}

std::string problem_of(const RowMatrix& x, Metric metric = Metric::euclidean) {
  try {
    distances_of(test::comm(), x, metric);
  } catch (const InputError& error) {
    return error.place() + " " + error.problem();
  }
  return "fine";
}

TEST(SammonStoredDistances, NameWhatHasNoDistance) {
  RowMatrix x = test::random_rows(200, 3, 13);
  EXPECT_EQ(problem_of(x), "fine");
  x.row(191) = x.row(18);
  EXPECT_EQ(problem_of(x), "rows 18 and 191 are at distance 0, where Sammon's stress has no value");
  x.row(191) = 2 * x.row(18);
  EXPECT_EQ(problem_of(x), "fine");
  EXPECT_NE(problem_of(x, Metric::cosine).find("rows 18 and 191 are at distance 0"), std::string::npos);
  x(177, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(problem_of(x), "fine");
  x(177, 2) = 1e38f;
  x(178, 2) = -3e38f;
  EXPECT_EQ(problem_of(x), "rows 177 and 178 have a distance that overflows float32");
}

}  // namespace
}  // namespace replearn::sammon
