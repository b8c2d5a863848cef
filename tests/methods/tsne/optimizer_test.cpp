#include "methods/tsne/optimizer.hpp"

#include <gtest/gtest.h>

#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

RowMatrixD one(double value) {
  return RowMatrixD::Constant(1, 1, value);
}

TEST(TsneOptimizer, GainsAndMomentumByHand) {
  Optimizer optimizer(1, 1);
  RowMatrix y = RowMatrix::Zero(1, 1);
  const Optimizer::Rates rates{10, 0.5, 0};
  optimizer.move(y, one(1), rates);  // at rest: gain 1.2, step -12
  EXPECT_FLOAT_EQ(y(0, 0), -12);
  optimizer.move(y, one(1), rates);  // downhill: gain 1.4, step -6 - 14
  EXPECT_FLOAT_EQ(y(0, 0), -32);
  optimizer.move(y, one(-1), rates);  // step and gradient point one way, uphill: gain 1.13, step -10 + 11.3
  EXPECT_FLOAT_EQ(y(0, 0), -30.7f);
}

TEST(TsneOptimizer, StepsAreShortenedInTheirDirection) {
  Optimizer optimizer(2, 2);
  RowMatrix y = RowMatrix::Zero(2, 2);
  RowMatrixD gradient(2, 2);
  gradient << 30, -40, 0.3, 0.4;
  optimizer.move(y, gradient, {1, 0.8, 5});
  EXPECT_FLOAT_EQ(y(0, 0), -3);
  EXPECT_FLOAT_EQ(y(0, 1), 4);
  EXPECT_FLOAT_EQ(y(1, 0), -0.36f);
  EXPECT_FLOAT_EQ(y(1, 1), -0.48f);
}

TEST(TsneOptimizer, CenterMovesTheMeanToZero) {
  RowMatrix before = test::random_rows(1000, 3, 41);
  before.col(1).array() += 100;
  const auto& comm = test::comm();
  DistributedMatrix mine = my_rows_of(before, comm);
  center(comm, mine.partition, mine.local);
  const RowMatrix y = all_gather_rows(comm, mine);
  const auto alone = comm.split(comm.rank());
  RowMatrix by_one = before;
  center(alone, RowPartition(1000, 1), by_one);
  EXPECT_TRUE(y == by_one) << "the same to the bit on any number of ranks";
  for (Index k = 0; k < 3; ++k) EXPECT_NEAR(y.col(k).cast<double>().mean(), 0, 1e-6);
  EXPECT_NEAR(y(3, 1) - y(7, 1), before(3, 1) - before(7, 1), 1e-5);
}

}  // namespace
}  // namespace replearn::tsne
