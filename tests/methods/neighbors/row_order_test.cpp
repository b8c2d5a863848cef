#include "methods/neighbors/row_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/random_rows.hpp"

namespace replearn::neighbors {
namespace {

void expect_permutation(std::vector<Index> order, Index rows) {
  ASSERT_EQ(static_cast<Index>(order.size()), rows);
  std::sort(order.begin(), order.end());
  for (Index i = 0; i < rows; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(RowOrder, PutsClustersTogether) {
  constexpr Index clusters = 8, each = 64, group = 16;
  RowMatrix x = test::random_rows(clusters * each, 10, 3);
  const RowMatrix centers = 30 * test::random_rows(clusters, 10, 4);
  for (Index i = 0; i < x.rows(); ++i) x.row(i) += centers.row(i % clusters);
  const auto order = row_order(x, group);
  expect_permutation(order, x.rows());
  for (Index i = 0; i < x.rows(); ++i) {
    const Index first = i / group * group;
    EXPECT_EQ(order[static_cast<std::size_t>(i)] % clusters, order[static_cast<std::size_t>(first)] % clusters) << i;
  }
}

TEST(RowOrder, CutsALineIntoStretches) {
  RowMatrix x(64, 2);
  for (Index i = 0; i < 64; ++i) x.row(i) << static_cast<float>(i * 37 % 64), 5;
  const auto order = row_order(x, 8);
  expect_permutation(order, 64);
  for (std::size_t group = 0; group < 64; group += 8) {
    float least = 64, most = 0;
    for (std::size_t i = group; i < group + 8; ++i) {
      least = std::min(least, x(order[i], 0)), most = std::max(most, x(order[i], 0));
    }
    EXPECT_EQ(most - least, 7);
  }
}

TEST(RowOrder, TakesWhateverRowsThereAre) {
  expect_permutation(row_order(RowMatrix(0, 4), 8), 0);
  expect_permutation(row_order(RowMatrix::Zero(1, 4), 8), 1);
  expect_permutation(row_order(RowMatrix::Constant(1000, 4, 3), 8), 1000);
  expect_permutation(row_order(test::random_rows(77, 1, 5), 8), 77);
  expect_permutation(row_order(5e37f * test::random_rows(200, 20, 5), 8), 200);
  expect_permutation(row_order(1e-40f * test::random_rows(200, 20, 5), 8), 200);
}

}  // namespace
}  // namespace replearn::neighbors
