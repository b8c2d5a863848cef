#include "methods/neighbors/approximate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "methods/neighbors/clustering.hpp"
#include "methods/neighbors/recall.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/reference/brute_force_neighbors.hpp"
#include "support/test_comm.hpp"

namespace replearn::neighbors {
namespace {

constexpr Metric metrics[] = {Metric::euclidean, Metric::sqeuclidean, Metric::cosine};

/// Blobs in a few of the columns, so that there are clusters and few dimensions.
RowMatrix blobs(Index rows, Index columns) {
  RowMatrix x = 0.1f * test::random_rows(rows, columns, 5);
  const RowMatrix low = test::random_rows(rows, 4, 6), centers = 6 * test::random_rows(9, 4, 7);
  for (Index i = 0; i < rows; ++i) x.row(i).head(4) += low.row(i) + centers.row(i % 9);
  return x;
}

struct Found {
  std::vector<Index> indices;
  std::vector<float> distances;
  double recall_estimate;
};
Found search(const mpi::Communicator& comm, const RowMatrix& x, Options options) {
  options.method = Method::approximate;
  const auto results = approximate_neighbors(comm, my_rows_of(x, comm), options);
  EXPECT_EQ(results.method, Method::approximate);
  EXPECT_EQ(results.graph.offsets.back(), options.neighbors * results.graph.local_rows());
  return {mpi::all_gather_v(comm, results.graph.indices), mpi::all_gather_v(comm, results.graph.distances),
          results.recall_estimate};
}

/// Each list ascending, no row twice nor its own, each distance that of the two rows to the bit. Returns the recall.
double check(const RowMatrix& x, const Found& found, Metric metric, Index k) {
  const auto truth = test::brute_force_neighbors(metric, x, k);
  const ScaleUnits units = scale_units(x, metric);
  EXPECT_EQ(found.indices.size(), static_cast<std::size_t>(x.rows() * k));
  Index hits = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    std::vector<Index> others;
    for (Index j = 0; j < k; ++j) {
      const auto at = static_cast<std::size_t>(i * k + j);
      const Index other = found.indices[at];
      const float distance = test::distances_in_units(metric, x.row(i), x.row(other), units)(0, 0);
      EXPECT_EQ(found.distances[at], distance);
      if (j > 0) {
        EXPECT_LE(std::pair(found.distances[at - 1], found.indices[at - 1]), std::pair(found.distances[at], other));
      }
      others.push_back(other);
      hits += distance <= truth[static_cast<std::size_t>(i)].back().first ? 1 : 0;
    }
    std::sort(others.begin(), others.end());
    EXPECT_EQ(std::adjacent_find(others.begin(), others.end()), others.end()) << "row " << i << " has one twice";
    EXPECT_FALSE(std::binary_search(others.begin(), others.end(), i)) << "row " << i << " has itself";
  }
  return static_cast<double>(hits) / static_cast<double>(x.rows() * k);
}

TEST(ExactSample, HasTheNeighborsThatAllRowsGive) {
  const RowMatrix x = blobs(1600, 12);
  for (const Metric metric : metrics) {
    auto prepared = my_rows_of(x, test::comm());
    prepared.local = prepare_rows(metric, prepared.local.data(), prepared.local_rows(), prepared.columns());
    const auto sample = exact_sample(test::comm(), metric, prepared, 15, 200, 3);
    EXPECT_EQ(sample.rows.size(), 200u);
    const auto truth = test::brute_force_neighbors(metric, x, 15);
    for (std::size_t s = 0; s < sample.rows.size(); ++s) {
      for (std::size_t j = 0; j < 15; ++j) {
        const auto [distance, index] = truth[static_cast<std::size_t>(sample.rows[s])][j];
        EXPECT_EQ(distance_of(sample.keys[15 * s + j]), distance);
        EXPECT_EQ(index_of(sample.keys[15 * s + j]), index);
      }
    }
  }
}

TEST(ApproximateNeighbors, AreMostOfTheNearest) {
  const RowMatrix x = blobs(1600, 12);
  for (const Metric metric : metrics) {
    const Found found = search(test::comm(), x, {.neighbors = 15, .metric = metric});
    const double recall = check(x, found, metric, 15);
    EXPECT_GT(recall, 0.97);
    EXPECT_NEAR(found.recall_estimate, recall, 0.01);
  }
}

TEST(ApproximateNeighbors, AreMoreWhereMoreAreAskedFor) {
  const RowMatrix x = blobs(1600, 12);
  const Metric metric = Metric::euclidean;
  const double some = check(x, search(test::comm(), x, {.neighbors = 15, .recall = 0.7, .refinements = 0}), metric, 15);
  const double refined =
      check(x, search(test::comm(), x, {.neighbors = 15, .recall = 0.55, .refinements = 1}), metric, 15);
  const double most = check(x, search(test::comm(), x, {.neighbors = 15, .recall = 0.99}), metric, 15);
  EXPECT_NEAR(some, 0.7, 0.1);
  EXPECT_GT(refined, 0.5);  // 0.325 of them are in clusters that meet
  EXPECT_GT(most, 0.985);
}

TEST(ApproximateNeighbors, AreEqualToTheBitOnAnyNumberOfRanks) {
  const RowMatrix x = blobs(2500, 7);
  const auto alone = test::comm().split(test::comm().rank());
  for (const Metric metric : metrics) {
    for (const double recall : {0.3, 0.9}) {  // of 0.3 few meet, and much is left to refinement
      const Options options{.neighbors = 10, .metric = metric, .recall = recall, .refinements = 2, .seed = 4};
      const Found together = search(test::comm(), x, options), single = search(alone, x, options);
      EXPECT_EQ(together.indices, single.indices);
      EXPECT_EQ(together.distances, single.distances);
      EXPECT_EQ(together.recall_estimate, single.recall_estimate);
    }
  }
}

TEST(ApproximateNeighbors, OfFewRowsAreAllOthers) {
  for (const Index n : {2, 3, 17, 40}) {
    const RowMatrix x = test::random_rows(n, 3, 8);
    EXPECT_EQ(check(x, search(test::comm(), x, {.neighbors = n - 1}), Metric::euclidean, n - 1), 1);
    EXPECT_EQ(check(x, search(test::comm(), x, {.neighbors = 1}), Metric::euclidean, 1) > 0.5, true);
  }
}

TEST(ApproximateNeighbors, OfThousandsOfEqualRowsAreAtDistanceZero) {
  RowMatrix x = RowMatrix::Constant(6000, 3, 0.3f);
  for (Index i = 0; i < 1000; ++i) x.row(6 * i) = test::random_rows(1, 3, static_cast<std::uint64_t>(i));
  for (const Metric metric : metrics) {
    const Found found = search(test::comm(), x, {.neighbors = 8, .metric = metric});
    for (std::size_t e = 0; e < found.distances.size(); ++e) {
      if (e / 8 % 6 != 0) {
        EXPECT_EQ(found.distances[e], 0);
      }
      EXPECT_TRUE(std::isfinite(found.distances[e]));
    }
  }
  const RowMatrix same = RowMatrix::Constant(3000, 2, -7.0f);
  EXPECT_EQ(check(same, search(test::comm(), same, {.neighbors = 30}), Metric::euclidean, 30), 1);
}

TEST(ApproximateNeighbors, OfRowsFarFromEachOtherAreFound) {
  RowMatrix x(700, 2);  // each its own cluster or nearly so, and distances that overflow
  for (Index i = 0; i < 700; ++i) x.row(i) << std::pow(1.2f, static_cast<float>(i % 350)), static_cast<float>(i / 350);
  const Found found = search(test::comm(), x, {.neighbors = 5});
  for (const float distance : found.distances) EXPECT_FALSE(std::isnan(distance));
  EXPECT_GT(check(x, found, Metric::euclidean, 5), 0.9);
}

TEST(ApproximateNeighbors, RefuseWhatHasNoDistance) {
  RowMatrix x = blobs(300, 5);
  x(77, 2) = std::numeric_limits<float>::quiet_NaN();
  try {
    search(test::comm(), x, {.neighbors = 5});
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "row 77, column 2");
  }
}

TEST(FindNeighbors, TakesTheSearchOfLessCost) {
  EXPECT_FALSE(approximate_is_cheaper(10'000, 15));
  EXPECT_TRUE(approximate_is_cheaper(1'000'000, 15));
  EXPECT_TRUE(approximate_is_cheaper(1'000'000, 90));
  const RowMatrix x = blobs(400, 5);
  const auto mine = my_rows_of(x, test::comm());
  EXPECT_EQ(find_neighbors(test::comm(), mine, {.neighbors = 5}).method, Method::exact);
  EXPECT_EQ(find_neighbors(test::comm(), mine, {.neighbors = 5, .method = Method::approximate}).method,
            Method::approximate);
  // Where all rows would have to meet, the search is exact.
  const RowMatrix noise = test::random_rows(600, 60, 2);
  EXPECT_EQ(approximate_neighbors(test::comm(), my_rows_of(noise, test::comm()), {.neighbors = 5}).method,
            Method::exact);
}

TEST(NeighborsOptions, NameRecallAndRefinements) {
  for (const double recall : {0.0, 1.0, -1.0, std::nan("")}) {
    EXPECT_THROW((Options{.neighbors = 5, .recall = recall}.validate(10)), InputError);
  }
  EXPECT_THROW((Options{.neighbors = 5, .refinements = -1}.validate(10)), InputError);
  EXPECT_NO_THROW((Options{.neighbors = 5, .recall = 0.5, .refinements = 0}.validate(10)));
}

}  // namespace
}  // namespace replearn::neighbors
