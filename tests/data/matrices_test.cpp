#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "data/expression_matrix.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn {
namespace {

/// Two thirds zeros, the same on every rank; row 3 (if there is one) is all zeros.
RowMatrix made_up(Index n, Index m) {
  RowMatrix x = test::random_rows(n, m, 17);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < m; ++j) {
      if ((i + 2 * j) % 3 != 0 || i == 3) x(i, j) = 0;
    }
  }
  return x;
}

RowMatrix chosen_rows(const RowMatrix& x, const std::vector<std::uint8_t>& keep) {
  RowMatrix result(0, x.cols());
  for (Index i = 0; i < x.rows(); ++i) {
    if (!keep[static_cast<std::size_t>(i)]) continue;
    result.conservativeResize(result.rows() + 1, Eigen::NoChange);
    result.row(result.rows() - 1) = x.row(i);
  }
  return result;
}

RowMatrix chosen_columns(const RowMatrix& x, const std::vector<std::uint8_t>& keep) {
  return chosen_rows(x.transpose(), keep).transpose();
}

/// EXPECT_EQ on Eigen matrices of different shapes would end the program.
void expect_equal(const RowMatrix& a, const RowMatrix& b) {
  EXPECT_EQ(a.rows(), b.rows());
  EXPECT_EQ(a.cols(), b.cols());
  if (a.rows() == b.rows() && a.cols() == b.cols()) {
    EXPECT_TRUE(a == b);
  }
}

/// The whole of a distributed matrix, dense or sparse, on every rank.
RowMatrix whole(const Matrix& matrix) {
  const auto* sparse = std::get_if<SparseRows>(&matrix);
  return all_gather_rows(test::comm(), sparse ? to_dense(*sparse) : std::get<DistributedMatrix>(matrix));
}

void expect_proper(const SparseRows& sparse, int rank) {
  EXPECT_EQ(sparse.rank, rank);
  EXPECT_EQ(sparse.local_rows(), sparse.partition.count(rank));
  EXPECT_EQ(sparse.offsets.front(), 0);
  EXPECT_EQ(sparse.offsets.back(), static_cast<Index>(sparse.indices.size()));
  EXPECT_EQ(sparse.indices.size(), sparse.values.size());
  for (std::size_t i = 0; i + 1 < sparse.offsets.size(); ++i) {
    for (Index at = sparse.offsets[i]; at < sparse.offsets[i + 1]; ++at) {
      const auto column = sparse.indices[static_cast<std::size_t>(at)];
      EXPECT_TRUE(column >= 0 && column < sparse.columns);
      EXPECT_TRUE(at == sparse.offsets[i] || sparse.indices[static_cast<std::size_t>(at) - 1] < column);
    }
  }
}

// Fewer rows than ranks, one block, several blocks, none.
constexpr Index row_numbers[] = {0, 1, 3, 16, 33, 500};

TEST(DistributedMatrix, GathersWhatWasDealt) {
  const auto& comm = test::comm();
  for (const Index n : row_numbers) {
    const RowMatrix x = test::random_rows(n, 5, 1);
    const auto mine = my_rows_of(x, comm);
    EXPECT_EQ(mine.rows(), n);
    EXPECT_EQ(mine.columns(), 5);
    EXPECT_EQ(mine.first_row(), mine.partition.begin(comm.rank()));
    expect_equal(mine.local, x.middleRows(mine.first_row(), mine.local_rows()));
    expect_equal(all_gather_rows(comm, mine), x);
    expect_equal(gather_rows(comm, mine), comm.is_root() ? x : RowMatrix(0, 5));
  }
}

TEST(DistributedMatrix, IsZeroAtFirst) {
  const auto& comm = test::comm();
  const DistributedMatrix matrix(RowPartition(70, comm.size()), comm.rank(), 4);
  expect_equal(all_gather_rows(comm, matrix), RowMatrix::Zero(70, 4));
}

TEST(SparseRows, ThereAndBackAgain) {
  const auto& comm = test::comm();
  for (const Index n : row_numbers) {
    const auto mine = my_rows_of(made_up(n, 9), comm);
    const auto sparse = to_sparse(mine);
    expect_proper(sparse, comm.rank());
    EXPECT_EQ(sparse.local_nonzeros(), (mine.local.array() != 0).count());
    expect_equal(to_dense(sparse).local, mine.local);
  }
}

TEST(SparseRows, KeepsNanAndNegativeNumbersAndDropsBothZeros) {
  RowMatrix x(1, 5);
  x << 0.0f, -0.0f, -1.5f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity();
  DistributedMatrix one{RowPartition(1, 1), 0, 5};
  one.local = x;
  const auto sparse = to_sparse(one);
  EXPECT_EQ(sparse.indices, (std::vector<std::int32_t>{2, 3, 4}));
  EXPECT_EQ(sparse.values[0], -1.5f);
  EXPECT_TRUE(std::isnan(sparse.values[1]));
}

TEST(ExpressionMatrix, ShapeOfEitherKind) {
  const auto& comm = test::comm();
  const auto mine = my_rows_of(made_up(100, 9), comm);
  for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
    EXPECT_EQ(rows(matrix), 100);
    EXPECT_EQ(columns(matrix), 9);
    EXPECT_EQ(partition(matrix), RowPartition(100, comm.size()));
  }
}

TEST(SelectColumns, KeepsThoseOfTheMask) {
  const auto& comm = test::comm();
  for (const Index n : row_numbers) {
    const RowMatrix x = made_up(n, 6);
    const auto mine = my_rows_of(x, comm);
    for (const std::vector<std::uint8_t>& keep :
         {std::vector<std::uint8_t>{1, 0, 0, 1, 1, 0}, {0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 1}}) {
      const RowMatrix expected = chosen_columns(x, keep);
      expect_equal(whole(select_columns(Matrix(mine), keep)), expected);
      const auto sparse = std::get<SparseRows>(select_columns(Matrix(to_sparse(mine)), keep));
      expect_proper(sparse, comm.rank());
      expect_equal(whole(sparse), expected);
    }
  }
}

TEST(ArrangeColumns, TakesThemInTheOrderAskedForAndZerosWhereThereIsNone) {
  const auto& comm = test::comm();
  const RowMatrix x = made_up(20, 6);
  const auto mine = my_rows_of(x, comm);
  for (const std::vector<Index>& columns : {std::vector<Index>{0, 1, 2, 3, 4, 5}, {5, 3, -1, 0}, {-1}, {}}) {
    RowMatrix expected = RowMatrix::Zero(20, static_cast<Index>(columns.size()));
    for (std::size_t j = 0; j < columns.size(); ++j) {
      if (columns[j] >= 0) expected.col(static_cast<Index>(j)) = x.col(columns[j]);
    }
    expect_equal(whole(arrange_columns(Matrix(mine), columns)), expected);
    const auto sparse = std::get<SparseRows>(arrange_columns(Matrix(to_sparse(mine)), columns));
    expect_proper(sparse, comm.rank());
    expect_equal(whole(sparse), expected);
  }
}

/// Masks that move rows far (all of one end gone), near, not at all, and leave nothing.
std::vector<std::uint8_t> mask(Index n, int kind) {
  std::vector<std::uint8_t> keep(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    RandomStream random(1, Purpose::test, static_cast<std::uint64_t>(i));
    const bool choices[] = {true, false, i >= n / 2, i < n / 3, i % 2 == 0, random.uniform() < 0.7, i == n - 1};
    keep[static_cast<std::size_t>(i)] = choices[kind];
  }
  return keep;
}
constexpr int mask_kinds = 7;

TEST(SelectRows, KeepsThoseOfTheMaskDealtOutAnew) {
  const auto& comm = test::comm();
  for (const Index n : row_numbers) {
    const RowMatrix x = made_up(n, 7);
    const auto mine = my_rows_of(x, comm);
    for (int kind = 0; kind < mask_kinds; ++kind) {
      const auto keep = mask(n, kind);
      const RowMatrix expected = chosen_rows(x, keep);
      const std::vector<std::uint8_t> keep_mine(keep.begin() + mine.first_row(),
                                                keep.begin() + mine.first_row() + mine.local_rows());
      for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
        const Matrix selected = select_rows(comm, matrix, keep_mine);
        EXPECT_EQ(selected.index(), matrix.index());
        EXPECT_EQ(partition(selected), RowPartition(expected.rows(), comm.size()));
        EXPECT_EQ(columns(selected), 7);
        if (const auto* sparse = std::get_if<SparseRows>(&selected)) expect_proper(*sparse, comm.rank());
        expect_equal(whole(selected), expected);
      }
    }
  }
}

}  // namespace
}  // namespace replearn
