#include "methods/neighbors/neighbors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/read_binary.hpp"
#include "support/reference/brute_force_neighbors.hpp"
#include "support/test_comm.hpp"

namespace replearn::neighbors {
namespace {

constexpr Metric metrics[] = {Metric::euclidean,        Metric::sqeuclidean,    Metric::cosine,
                              Metric::correlation,      Metric::manhattan,      Metric::chebyshev,
                              Metric::hamming,          {Metric::minkowski, 0}, {Metric::minkowski, 0.5},
                              {Metric::minkowski, 2.7}, {Metric::minkowski, 3}};

/// Searched by all ranks together; the whole graph on every rank, k entries a row.
struct Found {
  std::vector<Index> indices;
  std::vector<float> distances;
};
Found search(const mpi::Communicator& comm, const RowMatrix& x, Metric metric, Index k) {
  const auto graph = nearest_neighbors(comm, my_rows_of(x, comm), {k, metric});
  EXPECT_EQ(graph.offsets.size(), static_cast<std::size_t>(graph.partition.count(comm.rank()) + 1));
  EXPECT_EQ(graph.offsets.back(), k * graph.local_rows());
  return {mpi::all_gather_v(comm, graph.indices), mpi::all_gather_v(comm, graph.distances)};
}

/// Clusters, so that many rows are near; duplicates, so that there are ties; more blocks than one.
RowMatrix clustered(Index rows, Index columns) {
  RowMatrix x = test::random_rows(rows, columns, 11);
  for (Index i = 0; i < rows; ++i) {
    x.row(i).array() += static_cast<float>(3 * (i % 5));
    if (i % 7 == 3) x.row(i) = x.row(i / 2);
  }
  return x;
}

void expect_brute_force(const RowMatrix& x, Metric metric, Index k) {
  const Found found = search(test::comm(), x, metric, k);
  if (!test::comm().is_root()) return;  // all hold the same, see AreEqualToTheBitOnAnyNumberOfRanks
  const auto truth = test::brute_force_neighbors(metric, x, k);
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < k; ++j) {
      const auto [distance, index] = truth[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
      EXPECT_EQ(found.distances[static_cast<std::size_t>(i * k + j)], distance) << "row " << i << " place " << j;
      EXPECT_EQ(found.indices[static_cast<std::size_t>(i * k + j)], index) << "row " << i << " place " << j;
    }
  }
}

TEST(Neighbors, AreThoseOfBruteForceToTheBit) {
  for (const Metric metric : metrics) expect_brute_force(clustered(333, 20), metric, 15);
}

/// Rows enough for several tiles a rank, in clusters of which most are passed over.
TEST(Neighbors, OfManyTilesAreThoseOfBruteForce) {
  RowMatrix x = test::random_rows(2500, 12, 21);
  const RowMatrix centers = 15 * test::random_rows(9, 12, 22);
  for (Index i = 0; i < x.rows(); ++i)
    x.row(i) = (0.5f + 0.1f * static_cast<float>(i % 7)) * x.row(i) + centers.row(i * i % 9);
  expect_brute_force(x, Metric::euclidean, 15);
  expect_brute_force(x, Metric::cosine, 3);
  expect_brute_force(x, Metric::sqeuclidean, 120);
  expect_brute_force(x, Metric::manhattan, 15);
  expect_brute_force(x, Metric::correlation, 15);
  expect_brute_force(x, {Metric::minkowski, 3}, 4);
}

TEST(Neighbors, OfManyColumnsAreThoseOfBruteForce) {
  for (const Metric metric : {Metric::euclidean, Metric::correlation, Metric::manhattan})
    expect_brute_force(test::random_rows(300, 700, 23), metric, 15);
}

TEST(Neighbors, OfPointsOfAGridAreTiedAndComeByIndex) {
  RowMatrix x(1000, 3);
  for (Index i = 0; i < 1000; ++i) {
    const Index shuffled = i * 387 % 1000;
    x.row(i) << static_cast<float>(shuffled % 10), static_cast<float>(shuffled / 10 % 10),
        static_cast<float>(shuffled / 100);
  }
  expect_brute_force(x, Metric::euclidean, 10);  // 6 at distance 1, then 4 of 12
  for (const Metric metric : {Metric::manhattan, Metric::chebyshev, Metric::hamming}) expect_brute_force(x, metric, 10);
}

TEST(Neighbors, OfFewRowsOnManyRanks) {
  for (const Index n : {2, 3, 5, 15, 17, 33, 50}) {
    expect_brute_force(clustered(n, 4), Metric::euclidean, 1);
    expect_brute_force(clustered(n, 4), Metric::sqeuclidean, n - 1);
  }
}

TEST(Neighbors, OfTinyNumbersWhoseSquaresLoseDigits) {
  for (const float scale : {1e-15f, 1e-20f, 1e-22f, 1e-38f})
    expect_brute_force(scale * clustered(150, 6), Metric::euclidean, 7);
}

TEST(Neighbors, WhereTheProductCancels) {
  RowMatrix x = clustered(400, 20);
  x.array() += 1e6f;
  expect_brute_force(x, Metric::euclidean, 10);
  x = clustered(400, 20);  // two far-off heaps: within a heap the product knows nothing
  for (Index i = 0; i < x.rows(); ++i) x.row(i).array() += i % 2 == 0 ? 1e6f : -1e6f;
  expect_brute_force(x, Metric::euclidean, 10);
  x = clustered(400, 20);
  x.row(123).setConstant(1e9f);  // one outlier takes the frame with it
  expect_brute_force(x, Metric::euclidean, 10);
}

TEST(Neighbors, OfThousandsOfDuplicatesAmongOthersAreThoseOfBruteForce) {
  RowMatrix x = test::random_rows(3000, 5, 24);
  for (Index i = 0; i < 2000; ++i) x.row(i * 7 % 3000) = x.row(2999 - i % 2);
  expect_brute_force(x, Metric::euclidean, 15);
}

TEST(Neighbors, OfRowsSortedOnALineAndFarFromTheOrigin) {
  RowMatrix x(200, 2);
  for (Index i = 0; i < 200; ++i) x.row(i) << 1e4f + static_cast<float>(i), 5;
  expect_brute_force(x, Metric::euclidean, 4);
}

TEST(Neighbors, CanBeAllOthers) {
  for (const Metric metric : metrics) expect_brute_force(clustered(40, 3), metric, 39);
  expect_brute_force(clustered(2, 3), Metric::euclidean, 1);
}

TEST(Neighbors, OfThousandDuplicatesAreTheFirstOthersAtDistanceZero) {
  for (const Metric metric : metrics) {
    RowMatrix x = RowMatrix::Constant(1000, 7, 0.3f);
    x.row(999).setConstant(-2.0f);
    const Found found = search(test::comm(), x, metric, 5);
    for (Index i = 0; i < 999; ++i) {
      for (Index j = 0; j < 5; ++j) {
        EXPECT_EQ(found.distances[static_cast<std::size_t>(i * 5 + j)], 0);
        EXPECT_EQ(found.indices[static_cast<std::size_t>(i * 5 + j)], j < i ? j : j + 1);
      }
    }
  }
}

TEST(Neighbors, OfZeroRowsByCosine) {
  RowMatrix x = clustered(50, 4);
  x.row(10).setZero();
  x.row(30).setZero();
  expect_brute_force(x, Metric::cosine, 6);
  expect_brute_force(x, Metric::correlation, 6);
}

TEST(Neighbors, ThatOverflowAreInfinitelyFarNotLost) {
  expect_brute_force(1e20f * clustered(40, 3), Metric::euclidean, 10);
  for (const Metric metric : {Metric::manhattan, Metric::chebyshev, Metric::hamming})
    expect_brute_force(1.5e37f * clustered(40, 3), metric, 10);
}

TEST(Neighbors, AreEqualToTheBitOnAnyNumberOfRanks) {
  const RowMatrix x = test::read_matrix("neighbors/digits.f32", 64);
  const auto alone = test::comm().split(test::comm().rank());
  for (const Metric metric : metrics) {
    const Found together = search(test::comm(), x, metric, 15), single = search(alone, x, metric, 15);
    EXPECT_EQ(together.indices, single.indices);
    EXPECT_EQ(together.distances, single.distances);
  }
}

/// scikit-learn breaks ties in its own way, and computes in float64: distances must agree place by place, and the
/// index wherever no tie is near.
void expect_scikit_learn(const std::string& name, Index columns, Metric metric) {
  constexpr Index k = 15;
  const RowMatrix x = test::read_matrix("neighbors/" + name + ".f32", columns);
  const std::string stem = "neighbors/" + name + "_" + metric_name(metric);
  const auto distances = test::read_binary<float>(stem + "_distances.f32");
  const auto indices = test::read_binary<std::int32_t>(stem + "_indices.i32");
  const Found found = search(test::comm(), x, metric, k);
  ASSERT_EQ(found.distances.size(), distances.size());
  Index compared = 0;
  for (std::size_t at = 0; at < distances.size(); ++at) {
    const float tolerance = 2e-6f * distances[at] + 2e-7f;
    EXPECT_NEAR(found.distances[at], distances[at], tolerance) << name << " entry " << at;
    const bool first = at % k == 0, last = at % k == k - 1;
    const bool tied = last || (!first && distances[at] - distances[at - 1] < 4 * tolerance) ||
                      distances[at + 1] - distances[at] < 4 * tolerance;
    if (tied) continue;
    EXPECT_EQ(found.indices[at], indices[at]) << name << " entry " << at;
    ++compared;
  }
  EXPECT_GT(compared, 400);
}

TEST(Neighbors, AreScikitLearnsOnIris) {
  expect_scikit_learn("iris", 4, Metric::euclidean);
  expect_scikit_learn("iris", 4, Metric::cosine);
}

TEST(Neighbors, AreScikitLearnsOnDigits) {
  expect_scikit_learn("digits", 64, Metric::euclidean);
  expect_scikit_learn("digits", 64, Metric::cosine);
}

TEST(Neighbors, RefuseWhatHasNoDistance) {
  RowMatrix x = clustered(100, 3);
  x(77, 2) = std::numeric_limits<float>::quiet_NaN();
  try {
    nearest_neighbors(test::comm(), my_rows_of(x, test::comm()), {5, Metric::euclidean});
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "row 77, column 2");
  }
}

TEST(NeighborsOptions, NameTheOptionAndTheLargestValue) {
  for (const Index k : {Index{0}, Index{-3}, Index{10}}) {
    try {
      Options{k, Metric::euclidean}.validate(10);
      ADD_FAILURE() << "no error for " << k;
    } catch (const InputError& error) {
      EXPECT_EQ(error.place(), "--neighbors");
      EXPECT_EQ(error.hint(), k == 10 ? "choose at most 9" : "choose 1 or more");
    }
  }
  EXPECT_NO_THROW((Options{9, Metric::euclidean}.validate(10)));
}

}  // namespace
}  // namespace replearn::neighbors
