#include "numerics/exact_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "mpi/collectives.hpp"
#include "numerics/matrix_values.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn {
namespace {

ExactSums sums_of(const mpi::Communicator& comm, const RowMatrix& x, double bound) {
  ExactSums sums(x.cols(), bound, x.rows());
  const Matrix mine = my_rows_of(x, comm);
  for_each_value(mine, [&](Index, Index j, float value) { sums.add(j, value); });
  sums.reduce(comm);
  return sums;
}

TEST(ExactSums, AgreeWithLongDoubles) {
  const auto& comm = test::comm();
  RowMatrix x = test::random_rows(500, 6, 3);
  x.col(1).array() += 1000;    // a mean far from zero
  x.col(2) *= 1e-6f;           // small beside the bound
  x.col(3).array() = -0.3f;    // constant
  x.col(4).setZero();
  x(77, 4) = 1e-30f;           // below the quantum
  const auto sums = sums_of(comm, x, 2000);
  for (Index j = 0; j < x.cols(); ++j) {
    long double sum = 0, squares = 0;
    for (Index i = 0; i < x.rows(); ++i) sum += static_cast<long double>(x(i, j));
    const long double mean = sum / static_cast<long double>(x.rows());
    for (Index i = 0; i < x.rows(); ++i) {
      const long double deviation = static_cast<long double>(x(i, j)) - mean;
      squares += deviation * deviation;
    }
    EXPECT_NEAR(sums.sum(j), static_cast<double>(sum), 1e-15 * std::abs(static_cast<double>(sum)) + 1e-25) << j;
    EXPECT_NEAR(sums.squared_deviations(j, x.rows()), static_cast<double>(squares),
                1e-12 * static_cast<double>(squares) + 1e-25)
        << j;
  }
  EXPECT_EQ(sums.squared_deviations(3, x.rows()), 0.0);
}

/// A bound for each column: small columns keep their digits beside large ones.
TEST(ExactSums, EachColumnHasItsBound) {
  const auto& comm = test::comm();
  RowMatrix x = test::random_rows(300, 2, 8);
  x.col(0) *= 1e-24f;
  x.col(1) *= 1e12f;
  ExactSums sums({x.col(0).cwiseAbs().maxCoeff(), x.col(1).cwiseAbs().maxCoeff()}, x.rows());
  const Matrix mine = my_rows_of(x, comm);
  for_each_value(mine, [&](Index, Index j, float value) { sums.add(j, value); });
  sums.reduce(comm);
  for (Index j = 0; j < 2; ++j) {
    const Eigen::VectorXd column = x.col(j).cast<double>();
    const double squares = (column.array() - column.mean()).square().sum();
    EXPECT_NEAR(sums.sum(j), column.sum(), 1e-13 * column.cwiseAbs().sum()) << j;
    EXPECT_NEAR(sums.squared_deviations(j, x.rows()), squares, 1e-13 * squares) << j;
  }
}

TEST(ExactSums, HoldTheLargestValuesAndCancelThem) {
  const auto& comm = test::comm();
  constexpr float large = 1099511562240.0f;  // the largest float32 below 2^40
  RowMatrix x(64, 2);
  for (Index i = 0; i < 64; ++i) x.row(i) << (i % 2 == 0 ? large : -large), large;
  const auto sums = sums_of(comm, x, 1099511627776.0);
  EXPECT_EQ(sums.sum(0), 0.0);
  EXPECT_EQ(sums.sum(1), 64.0 * large);
  EXPECT_EQ(sums.squared_deviations(1, 64), 0.0);
  EXPECT_EQ(sums.squared_deviations(0, 64), 64.0 * large * static_cast<double>(large));
}

TEST(ExactSums, DoNotDependOnTheOrder) {
  const auto& comm = test::comm();
  const auto alone = comm.split(comm.rank());
  const RowMatrix x = test::random_rows(300, 4, 9);
  const RowMatrix reversed = x.colwise().reverse();
  const auto sums = sums_of(comm, x, 10), others = sums_of(alone, reversed, 10);
  for (Index j = 0; j < 4; ++j) {
    EXPECT_EQ(sums.sum(j), others.sum(j));
    EXPECT_EQ(sums.squared_deviations(j, 300), others.squared_deviations(j, 300));
  }
}

}  // namespace
}  // namespace replearn
