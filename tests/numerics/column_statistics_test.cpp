#include "numerics/column_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"

namespace replearn {
namespace {

/// Count-like numbers, four fifths zeros; column 0 is all zero, column 1 is constant.
RowMatrix made_up(Index n, Index m) {
  RowMatrix x(n, m);
  for (Index i = 0; i < n; ++i) {
    RandomStream random(7, Purpose::test, static_cast<std::uint64_t>(i));
    for (Index j = 0; j < m; ++j) {
      x(i, j) = random.uniform() < 0.8 ? 0.0f : static_cast<float>(std::exp(0.5 * random.normal()));
    }
    x(i, 0) = 0;
    x(i, 1) = 0.3f;
  }
  return x;
}

/// The slow obvious twin: one column after the other, in long double.
ColumnMoments plain_moments(const RowMatrix& x, bool expm1) {
  ColumnMoments result;
  const auto value = [&](Index i, Index j) -> long double { return expm1 ? std::expm1(x(i, j)) : x(i, j); };
  for (Index j = 0; j < x.cols(); ++j) {
    long double sum = 0, squares = 0;
    for (Index i = 0; i < x.rows(); ++i) sum += value(i, j);
    const long double mean = sum / static_cast<long double>(x.rows());
    for (Index i = 0; i < x.rows(); ++i) squares += (value(i, j) - mean) * (value(i, j) - mean);
    result.mean.push_back(static_cast<double>(mean));
    result.variance.push_back(static_cast<double>(squares / static_cast<long double>(x.rows() - 1)));
  }
  return result;
}

void expect_close(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  EXPECT_EQ(a.size(), b.size());
  for (std::size_t j = 0; j < std::min(a.size(), b.size()); ++j) {
    EXPECT_NEAR(a[j], b[j], tolerance * std::abs(b[j])) << "column " << j;
  }
}

TEST(ColumnStatistics, AgreesWithThePlainLoop) {
  const auto& comm = test::comm();
  const RowMatrix x = made_up(777, 53);
  const auto mine = my_rows_of(x, comm);
  for (const bool expm1 : {false, true}) {
    const auto transform = expm1 ? Transform::expm1 : Transform::none;
    const auto expected = plain_moments(x, expm1);
    for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
      const auto moments = column_moments(comm, matrix, transform);
      expect_close(moments.mean, expected.mean, 1e-13);
      expect_close(moments.variance, expected.variance, 1e-12);
      const auto sums = column_sums(comm, matrix, transform);
      for (std::size_t j = 0; j < 53; ++j) {
        EXPECT_NEAR(sums.sum[j], 777 * expected.mean[j], 1e-12 * sums.sum[j]);
        EXPECT_EQ(sums.nonzeros[j], (x.col(static_cast<Index>(j)).array() != 0).count()) << "column " << j;
      }
    }
  }
}

TEST(ColumnStatistics, AConstantColumnHasVarianceZero) {
  const auto& comm = test::comm();
  const auto mine = my_rows_of(made_up(1000, 3), comm);
  for (const auto transform : {Transform::none, Transform::expm1}) {
    for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
      const auto moments = column_moments(comm, matrix, transform);
      EXPECT_EQ(moments.variance[0], 0.0);
      EXPECT_EQ(moments.variance[1], 0.0);
      EXPECT_GT(moments.variance[2], 0.0);
    }
  }
}

TEST(ColumnStatistics, ASmallVarianceBesideALargeMeanKeepsItsDigits) {
  const auto& comm = test::comm();
  RowMatrix x(400, 1);
  for (Index i = 0; i < 400; ++i) x(i, 0) = 1e6f + (i % 2 == 0 ? 0.0625f : -0.0625f);
  const auto moments = column_moments(comm, my_rows_of(x, comm));
  EXPECT_EQ(moments.mean[0], 1e6);
  EXPECT_NEAR(moments.variance[0], 0.0625 * 0.0625 * 400 / 399, 1e-15);
}

/// Offsets, constants that are no sums of powers of two, one unit in the last place, and a first value far from the
/// rest.
TEST(ColumnStatistics, WhateverTheOffset) {
  const auto& comm = test::comm();
  RowMatrix x(777, 6);
  for (Index i = 0; i < x.rows(); ++i) {
    const auto step = static_cast<float>(i % 90);
    x.row(i) << 7.1f, 1e8f + step, 1e-30f * step, i == 500 ? std::nextafter(0.3f, 1.0f) : 0.3f, i == 0 ? 1e8f : step,
        1e30f * (1 + 0.01f * step);
  }
  const auto expected = plain_moments(x, false);
  const auto mine = my_rows_of(x, comm);
  for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
    const auto moments = column_moments(comm, matrix);
    expect_close(moments.mean, expected.mean, 1e-15);
    EXPECT_EQ(moments.mean[0], double{7.1f});
    EXPECT_EQ(moments.variance[0], 0.0);
    for (std::size_t j = 1; j < 6; ++j) {
      EXPECT_NEAR(moments.variance[j], expected.variance[j], 1e-9 * expected.variance[j]) << "column " << j;
    }
  }
}

TEST(ColumnStatistics, CountsWhatItIsToldTo) {
  const auto& comm = test::comm();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  RowMatrix x(90, 3);
  for (Index i = 0; i < 90; ++i) x.row(i) << (i < 40 ? nan : 1000.0f + static_cast<float>(i)), i % 2 ? 5.0f : 0.0f, nan;
  const auto there = column_moments(comm, my_rows_of(x, comm), Transform::none, Counted::not_nan);
  EXPECT_EQ(there.count, (std::vector<Index>{50, 90, 0}));
  EXPECT_DOUBLE_EQ(there.mean[0], 1064.5);
  EXPECT_DOUBLE_EQ(there.variance[0], 50.0 * 51 / 12);
  EXPECT_EQ(there.mean[2], 0.0);
  x.col(2).setZero();
  x.col(0).setOnes();
  for (const Matrix& matrix : {Matrix(my_rows_of(x, comm)), Matrix(to_sparse(my_rows_of(x, comm)))}) {
    const auto filled = column_moments(comm, matrix, Transform::none, Counted::not_zero);
    EXPECT_EQ(filled.count, (std::vector<Index>{90, 45, 0}));
    EXPECT_EQ(filled.mean, (std::vector<double>{1, 5, 0}));
    EXPECT_EQ(filled.variance, (std::vector<double>{0, 0, 0}));
  }
}

TEST(ColumnStatistics, StoredZerosOfASparseMatrixAreZeros) {
  const auto& comm = test::comm();
  RowMatrix x = RowMatrix::Zero(40, 2);
  for (Index i = 0; i < 40; ++i) x(i, 1) = static_cast<float>(i);
  const auto mine = my_rows_of(x, comm);
  SparseRows sparse{mine.partition, mine.rank, 2, {0}, {}, {}};
  for (Index i = 0; i < mine.local_rows(); ++i) {
    for (const std::int32_t j : {0, 1}) {
      sparse.indices.push_back(j);
      sparse.values.push_back(mine.local(i, j));
    }
    sparse.offsets.push_back(2 * (i + 1));
  }
  EXPECT_EQ(column_sums(comm, sparse).nonzeros, (std::vector<Index>{0, 39}));
  EXPECT_EQ(column_sums(comm, sparse).sum, (std::vector<double>{0, 780}));
  EXPECT_EQ(column_moments(comm, sparse).mean, (std::vector<double>{0, 19.5}));
  EXPECT_DOUBLE_EQ(column_moments(comm, sparse).variance[1], 40.0 * 41 / 12);  // of 0 .. n - 1: n (n + 1) / 12
}

TEST(ColumnStatistics, OneRowAndNoRowHaveVarianceZero) {
  const auto& comm = test::comm();
  const auto one = column_moments(comm, my_rows_of(RowMatrix::Constant(1, 2, 3.0f), comm));
  EXPECT_EQ(one.mean, (std::vector<double>{3, 3}));
  EXPECT_EQ(one.variance, (std::vector<double>{0, 0}));
  const auto none = column_moments(comm, my_rows_of(RowMatrix(0, 2), comm));
  EXPECT_EQ(none.mean, (std::vector<double>{0, 0}));
  EXPECT_EQ(none.variance, (std::vector<double>{0, 0}));
}

TEST(ColumnStatistics, ANonFiniteValueSpoilsItsColumnAlone) {
  const auto& comm = test::comm();
  RowMatrix x = RowMatrix::Ones(50, 3);
  x(49, 1) = std::numeric_limits<float>::quiet_NaN();
  const auto moments = column_moments(comm, my_rows_of(x, comm));
  EXPECT_EQ(moments.mean[0], 1.0);
  EXPECT_TRUE(std::isnan(moments.mean[1]));
  EXPECT_EQ(moments.mean[2], 1.0);
}

TEST(ColumnStatistics, EqualToTheBitOnAnyNumberOfRanks) {
  const auto& comm = test::comm();
  const auto alone = comm.split(comm.rank());
  const auto x = made_up(2000, 37);
  const auto mine = my_rows_of(x, comm), whole = my_rows_of(x, alone);
  for (const bool as_sparse : {false, true}) {
    const Matrix distributed = as_sparse ? Matrix(to_sparse(mine)) : Matrix(mine);
    const Matrix single = as_sparse ? Matrix(to_sparse(whole)) : Matrix(whole);
    const auto a = column_moments(comm, distributed, Transform::expm1);
    const auto b = column_moments(alone, single, Transform::expm1);
    EXPECT_TRUE(a.mean == b.mean);
    EXPECT_TRUE(a.variance == b.variance);
    EXPECT_TRUE(column_sums(comm, distributed).sum == column_sums(alone, single).sum);
  }
}

// 2,000 rows are 63 blocks, so that 140,000 columns are more than one stripe.
TEST(ColumnStatistics, ManyColumnsAreTakenInStripes) {
  const auto& comm = test::comm();
  const Index n = 2000, m = 140000;
  SparseRows sparse{RowPartition(n, comm.size()), comm.rank(), m, {0}, {}, {}};
  std::vector<double> expected(static_cast<std::size_t>(m), 0.0);
  for (Index i = 0; i < n; ++i) {
    const bool is_mine = i >= sparse.first_row() && i < sparse.partition.end(comm.rank());
    for (Index j = i % 7919; j < m; j += 7919) {
      expected[static_cast<std::size_t>(j)] += static_cast<double>(i + 1);
      if (!is_mine) continue;
      sparse.indices.push_back(static_cast<std::int32_t>(j));
      sparse.values.push_back(static_cast<float>(i + 1));
    }
    if (is_mine) sparse.offsets.push_back(static_cast<Index>(sparse.values.size()));
  }
  EXPECT_TRUE(column_sums(comm, sparse).sum == expected);
}

}  // namespace
}  // namespace replearn
