#include "methods/neighbors/query_neighbors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::neighbors {
namespace {

/// Against all pairs measured one by one; with ties, copies and queries that are references themselves.
TEST(NeighborsAmong, AreTheNearestOfTheReference) {
  RowMatrix references = test::random_rows(700, 9, 61), queries = test::random_rows(230, 9, 62);
  references.row(650) = references.row(3);
  queries.row(5) = references.row(3);
  queries.col(2).array() += 40;
  references.col(2).array() += 40;
  for (const Metric metric : {Metric::euclidean, Metric::sqeuclidean, Metric::cosine}) {
    const auto graph = query_neighbors(test::comm(), my_rows_of(queries, test::comm()),
                                       my_rows_of(references, test::comm()), {12, metric});
    ASSERT_EQ(graph.rows(), 230);
    std::vector<float> distances(700);
    for (Index i = 0; i < graph.local_rows(); ++i) {
      direct_distances(metric, queries.data() + (graph.first_row() + i) * 9, 1, references.data(), 700, 9,
                       distances.data(), 700);
      std::vector<std::pair<float, Index>> all;
      for (Index j = 0; j < 700; ++j) all.emplace_back(distances[static_cast<std::size_t>(j)], j);
      std::sort(all.begin(), all.end());
      for (Index j = 0; j < 12; ++j) {
        const auto at = static_cast<std::size_t>(12 * i + j);
        EXPECT_EQ(std::pair(graph.distances[at], graph.indices[at]), all[static_cast<std::size_t>(j)]);
      }
    }
  }
}

TEST(NeighborsAmong, AllOfASmallReference) {
  const RowMatrix references = test::random_rows(3, 2, 63), queries = test::random_rows(40, 2, 64);
  const auto graph = query_neighbors(test::comm(), my_rows_of(queries, test::comm()),
                                     my_rows_of(references, test::comm()), {3, Metric::euclidean});
  for (Index i = 0; i < graph.local_rows(); ++i) {
    EXPECT_EQ(graph.offsets[static_cast<std::size_t>(i) + 1], 3 * (i + 1));
    Index sum = 0;
    for (Index j = 0; j < 3; ++j) sum += graph.indices[static_cast<std::size_t>(3 * i + j)];
    EXPECT_EQ(sum, 3);
  }
}

TEST(NeighborsAmong, RefusesWhatDoesNotFit) {
  const RowMatrix x = test::random_rows(40, 3, 65);
  RowMatrix spoilt = x;
  spoilt(33, 1) = std::numeric_limits<float>::infinity();
  const auto refused = [](const RowMatrix& queries, const RowMatrix& references, Index k) {
    EXPECT_THROW(query_neighbors(test::comm(), my_rows_of(queries, test::comm()), my_rows_of(references, test::comm()),
                                 {k, Metric::euclidean}),
                 InputError);
  };
  refused(x, test::random_rows(40, 4, 66), 5);
  refused(x, x, 0);
  refused(x, x, 41);
  refused(spoilt, x, 5);
  refused(x, spoilt, 5);
}

}  // namespace
}  // namespace replearn::neighbors
