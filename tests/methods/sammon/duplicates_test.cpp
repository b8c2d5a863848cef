#include "methods/sammon/duplicates.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>

#include "sets.hpp"
#include "support/random_rows.hpp"

namespace replearn::sammon {
namespace {

const std::vector<Metric> metrics = {Metric::euclidean,
                                     Metric::sqeuclidean,
                                     Metric::manhattan,
                                     Metric::chebyshev,
                                     Metric(Metric::minkowski, 3),
                                     Metric::hamming,
                                     Metric(Metric::minkowski, 0),
                                     Metric::cosine,
                                     Metric::correlation};

/// Of rows that every rank has: by hashing, and by all pairs.
void expect_as_all_pairs(const RowMatrix& x, Index min_duplicates) {
  for (const auto& metric : metrics) {
    const DistributedMatrix mine = my_rows_of(x, test::comm());
    const auto fast = first_duplicates(test::comm(), mine, metric);
    EXPECT_EQ(fast, first_duplicates(test::comm(), between_rows(test::comm(), mine, metric))) << metric_text(metric);
    Index duplicates = 0;
    for (std::size_t i = 0; i < fast.size(); ++i) duplicates += fast[i] != static_cast<Index>(i);
    EXPECT_GE(duplicates, min_duplicates) << metric_text(metric);
  }
}

TEST(SammonDuplicates, AreThoseOfAllPairs) {
  RowMatrix x = test::random_rows(300, 5, 41);
  for (const Index i : {7, 9, 120, 299}) x.row(i) = x.row(3);
  x.row(298) = x.row(77);
  x.row(40).setZero();
  x.row(41) = -x.row(40);  // -0 is 0
  expect_as_all_pairs(x, 6);
  expect_as_all_pairs(RowMatrix::Ones(130, 2), 129);
  expect_as_all_pairs(test::random_rows(100, 3, 42), 0);
}

TEST(SammonDuplicates, AreThoseOfAllPairsWhereDifferencesAreLostBesideLargeValues) {
  RowMatrix x = test::random_rows(200, 3, 43);
  for (Index i = 0; i < 200; i += 2) {  // squares of these are below what float32 holds beside 1
    x.row(i) << static_cast<float>(i % 5), 1e-26f * static_cast<float>(i), 0;
    x.row(i + 1) << static_cast<float>(i % 5), -3e-24f, 1e-15f * static_cast<float>(i % 3);
  }
  const DistributedMatrix mine = my_rows_of(x, test::comm());
  const auto duplicates = first_duplicates(test::comm(), mine, Metric::euclidean);
  EXPECT_NE(x.row(0), x.row(10));
  EXPECT_EQ(duplicates[10], 0) << "differs by less than its distance can say";
  expect_as_all_pairs(x, 0);
  expect_as_all_pairs(1e-30f * x, 0);
  x(5, 0) = 1e30f;
  expect_as_all_pairs(x, 0);
}

/// All pairs of so many, 2e10, take a minute.
TEST(SammonDuplicates, OfManyRowsAreQuick) {
  constexpr Index n = 200000;
  RowMatrix x = test::random_rows(n, 2, 44);
  for (Index i = n / 2; i < n; ++i) x.row(i) = x.row(i - n / 2);
  const auto begin = std::chrono::steady_clock::now();
  const auto duplicates = first_duplicates(test::comm(), my_rows_of(x, test::comm()), Metric::euclidean);
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 20);
  for (Index i = 0; i < n / 2; ++i) {
    ASSERT_EQ(duplicates[static_cast<std::size_t>(i + n / 2)], duplicates[static_cast<std::size_t>(i)]);
    ASSERT_LE(duplicates[static_cast<std::size_t>(i)], i);
  }
}

}  // namespace
}  // namespace replearn::sammon
