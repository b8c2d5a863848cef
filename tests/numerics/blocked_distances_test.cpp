#include "numerics/blocked_distances.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/random_rows.hpp"

namespace replearn {
namespace {

constexpr Metric metrics[] = {Metric::euclidean, Metric::sqeuclidean, Metric::cosine};

double exact(Metric metric, const RowMatrix& x, Index i, Index j) {
  double square = 0, product = 0, a = 0, b = 0;
  for (Index k = 0; k < x.cols(); ++k) {
    const double p = static_cast<double>(x(i, k)), q = static_cast<double>(x(j, k));
    square += (p - q) * (p - q);
    product += p * q, a += p * p, b += q * q;
  }
  if (metric == Metric::sqeuclidean) return square;
  if (metric == Metric::euclidean) return std::sqrt(square);
  return 1 - product / std::sqrt(a * b);
}

RowMatrix all_direct(Metric metric, const RowMatrix& x) {
  RowMatrix out(x.rows(), x.rows());
  direct_distances(metric, x.data(), x.rows(), x.data(), x.rows(), x.cols(), out.data(), x.rows());
  return out;
}

TEST(DirectDistances, AreTheFormulas) {
  const RowMatrix x = test::random_rows(40, 37, 1);
  for (const Metric metric : metrics) {
    const RowMatrix distances = all_direct(metric, x);
    for (Index i = 0; i < x.rows(); ++i) {
      for (Index j = 0; j < x.rows(); ++j) {
        const double truth = exact(metric, x, i, j);
        EXPECT_NEAR(static_cast<double>(distances(i, j)), truth, 2e-6 * truth + 1e-12) << metric_name(metric);
      }
    }
  }
}

TEST(DirectDistances, AreSymmetricToTheBitAndZeroForEqualRows) {
  RowMatrix x = test::random_rows(20, 37, 2);
  x.row(7) = x.row(3);
  for (const Metric metric : metrics) {
    const RowMatrix distances = all_direct(metric, x);
    EXPECT_EQ(distances(3, 7), 0) << metric_name(metric);
    for (Index i = 0; i < x.rows(); ++i) {
      EXPECT_EQ(distances(i, i), 0);
      for (Index j = 0; j < i; ++j) EXPECT_EQ(distances(i, j), distances(j, i));
    }
  }
}

TEST(DirectDistances, CosineOfNearRowsDoesNotCancel) {
  RowMatrix x(2, 2);
  x << 1, 0, 1, 1e-4f;  // 1 - cos = tan^2 / 2 - ... = 5e-9, below float32's unit roundoff at 1
  EXPECT_NEAR(static_cast<double>(all_direct(Metric::cosine, x)(0, 1)), 5e-9, 1e-14);
}

TEST(DirectDistances, CosineOfOppositeAndZeroRows) {
  RowMatrix x(4, 3);
  x << 3, 0, 4, -6, 0, -8, 0, 0, 0, 0, 0, 0;
  const RowMatrix distances = all_direct(Metric::cosine, x);
  EXPECT_NEAR(static_cast<double>(distances(0, 1)), 2, 1e-6);
  EXPECT_LE(distances(0, 1), 2);
  EXPECT_NEAR(static_cast<double>(distances(0, 2)), 1, 1e-6);
  EXPECT_EQ(distances(2, 3), 0);
}

TEST(PreparedDistances, AreTheDirectOnes) {
  const RowMatrix x = test::random_rows(9, 50, 3);
  for (const Metric metric : metrics) {
    const RowMatrix distances = all_direct(metric, x), rows = prepare_rows(metric, x.data(), 9, 50);
    ASSERT_EQ(rows.cols(), prepared_columns(metric, 50));
    for (Index i = 0; i < 9; ++i) {
      for (Index j = 0; j < 9; ++j) {
        const float d =
            prepared_distance(metric, rows.data() + i * rows.cols(), rows.data() + j * rows.cols(), rows.cols());
        EXPECT_EQ(d, distances(i, j));
        const float square = prepared_distance(Metric::sqeuclidean, rows.data() + i * rows.cols(),
                                               rows.data() + j * rows.cols(), rows.cols());
        EXPECT_LE(square, squared_distance_within(metric, d));
        EXPECT_LE(squared_distance_within(metric, d), 1.00001f * square + 1e-30f);
      }
    }
  }
}

void expect_bounds_hold(const RowMatrix& x) {
  const Index n = x.rows(), d = x.cols();
  const auto norms = squared_norms(x.data(), n, d);
  RowMatrix bounds(n, n);
  product_lower_bounds(x.data(), norms.data(), n, x.data(), norms.data(), n, d, bounds.data());
  const RowMatrix squares = all_direct(Metric::sqeuclidean, x);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      EXPECT_LE(bounds(i, j), squares(i, j));
      const double norm = static_cast<double>(norms[static_cast<std::size_t>(i)]) +
                          static_cast<double>(norms[static_cast<std::size_t>(j)]);
      EXPECT_GE(static_cast<double>(bounds(i, j)),
                static_cast<double>(squares(i, j)) - 2 * product_slack(d) * norm - 1e-30);
    }
  }
}

TEST(ProductLowerBounds, HoldAndAreTight) {
  for (const Index d : {1, 2, 3, 17, 50, 784}) expect_bounds_hold(test::random_rows(65, d, 4));
}

TEST(ProductLowerBounds, HoldFarFromTheOriginWhereTheProductCancels) {
  RowMatrix x = test::random_rows(65, 50, 5);
  x.array() += 1000.0f;
  expect_bounds_hold(x);
}

TEST(ProductLowerBounds, HoldForTinyNumbers) {
  expect_bounds_hold(1e-21f * test::random_rows(33, 50, 6));
}

TEST(ProductLowerBounds, NeverBoundAwayWhatOverflows) {
  const RowMatrix x = 1e20f * test::random_rows(4, 5, 7);
  const auto norms = squared_norms(x.data(), 4, 5);
  RowMatrix bounds(4, 4);
  product_lower_bounds(x.data(), norms.data(), 4, x.data(), norms.data(), 4, 5, bounds.data());
  const RowMatrix squares = all_direct(Metric::sqeuclidean, x);
  for (Index i = 0; i < 16; ++i) EXPECT_FALSE(bounds.data()[i] > squares.data()[i]);
}

}  // namespace
}  // namespace replearn
