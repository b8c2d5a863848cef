#include "methods/preprocess/counts.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "methods/preprocess/merge_columns.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn {
namespace {

/// 90 rows of whole numbers; the last value is another.
RowMatrix whole_but(float last) {
  RowMatrix x(90, 3);
  for (Index i = 0; i < 90; ++i) x.row(i) << static_cast<float>(i % 7), 0.0f, static_cast<float>(i);
  x(89, 2) = last;
  return x;
}

TEST(Counts, EveryValueIsLookedAt) {
  const auto& comm = test::comm();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const bool sparse : {false, true}) {
    const auto summary = [&](const RowMatrix& x) {
      const auto mine = my_rows_of(x, comm);
      return summarize_values(comm, sparse ? Matrix(to_sparse(mine)) : Matrix(mine));
    };
    EXPECT_TRUE(summary(whole_but(89)).holds_counts());
    EXPECT_EQ(summary(whole_but(4312)).text(), "counts up to 4312");
    EXPECT_FALSE(summary(whole_but(0.5f)).holds_counts());
    EXPECT_EQ(summary(whole_but(-2)).text(), "negative values, from -2 to 88");
    EXPECT_EQ(summary(whole_but(99.5f)).text(), "non-integer values, from 0 to 99.5");
    EXPECT_FALSE(summary(whole_but(infinity)).holds_counts());
    EXPECT_EQ(summary(RowMatrix::Zero(90, 3)).text(), "only zeros");
  }
}

TEST(Counts, MergedColumnsStandWhereTheyStood) {
  const auto& comm = test::comm();
  RowMatrix x = test::random_rows(90, 7, 3);
  x.col(2).setZero();
  const std::vector<std::uint8_t> mask = {1, 0, 0, 1, 1, 0, 1}, others = {0, 1, 1, 0, 0, 1, 0};
  const auto mine = my_rows_of(x, comm);
  for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
    const Matrix merged = merge_columns(select_columns(matrix, mask), select_columns(matrix, others), mask);
    const auto* sparse = std::get_if<SparseRows>(&merged);
    const auto whole = sparse ? to_dense(*sparse) : std::get<DistributedMatrix>(merged);
    EXPECT_TRUE(whole.local == mine.local);
    if (!sparse) continue;
    EXPECT_TRUE(sparse->indices == std::get<SparseRows>(matrix).indices);
  }
}

}  // namespace
}  // namespace replearn
