#include "methods/neighbors/approximate.hpp"

#include <gtest/gtest.h>

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
  EXPECT_EQ(found.indices.size(), static_cast<std::size_t>(x.rows() * k));
  Index hits = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    std::vector<Index> others;
    for (Index j = 0; j < k; ++j) {
      const auto at = static_cast<std::size_t>(i * k + j);
      const Index other = found.indices[at];
      float distance = -1;
      direct_distances(metric, x.data() + i * x.cols(), 1, x.data() + other * x.cols(), 1, x.cols(), &distance, 1);
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
  const RowMatrix x = blobs(3000, 12);
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
  const RowMatrix x = blobs(4000, 12);
  for (const Metric metric : metrics) {
    const Found found = search(test::comm(), x, {.neighbors = 15, .metric = metric});
    const double recall = check(x, found, metric, 15);
    EXPECT_GT(recall, 0.97);
    EXPECT_NEAR(found.recall_estimate, recall, 0.01);
  }
}

}  // namespace
}  // namespace replearn::neighbors
