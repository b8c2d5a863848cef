#include "numerics/centered_matrix.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "numerics/randomized_svd.hpp"
#include "numerics/require_finite.hpp"
#include "numerics/symmetric_eigen.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn {
namespace {

/// Half zeros, columns far from zero: centering has something to do.
RowMatrix made_up(Index n, Index m) {
  RowMatrix x = test::random_rows(n, m, 9);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < m; ++j) x(i, j) = (i + j) % 2 ? 0.0f : x(i, j) + static_cast<float>(j);
  }
  x.col(0).setConstant(4.0f);
  return x;
}

RowMatrixD written_out(const RowMatrix& x, bool center, bool scale) {
  RowMatrixD a = x.cast<double>();
  for (Index j = 0; j < a.cols(); ++j) {
    const double mean = a.col(j).mean();
    const double variance = (a.col(j).array() - mean).square().sum() / static_cast<double>(a.rows() - 1);
    if (center) a.col(j).array() -= mean;
    if (scale) a.col(j) *= variance > 1e-12 ? 1 / std::sqrt(variance) : 0;
  }
  return a;
}

TEST(CenteredMatrix, MultipliesAsTheMatrixWrittenOut) {
  const auto& comm = test::comm();
  const RowMatrix x = made_up(333, 37);
  const RowMatrixD v = test::random_rows(37, 21, 4).cast<double>().colwise().normalized();
  const auto mine = my_rows_of(x, comm);
  for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
    for (const bool center : {false, true}) {
      for (const bool scale : {false, true}) {
        const CenteredMatrix a(comm, matrix, center, scale ? ColumnScale::deviation : ColumnScale::none);
        const RowMatrixD truth = written_out(x, center, scale), gram = truth.transpose() * truth;
        EXPECT_NEAR(a.squared_norm(), truth.squaredNorm(), 1e-11 * truth.squaredNorm());
        EXPECT_LT((a.gram(comm) - gram).norm(), 1e-12 * a.raw_squared_norm());
        EXPECT_LT((a.gram_times(comm, v) - gram * v).norm(), 3e-6 * a.raw_squared_norm());
        const RowMatrixD product = a.times(comm, v);
        EXPECT_LT((product - (truth * v).middleRows(mine.first_row(), mine.local_rows())).norm(), 1e-10 * truth.norm());
      }
    }
  }
}

/// Sparse rows visited a few at a time, as from disk.
class InPieces : public RowBlocks {
 public:
  InPieces(const SparseRows& rows, Index piece) : rows_(rows), piece_(piece) {}
  const RowPartition& partition() const override { return rows_.partition; }
  Index columns() const override { return rows_.columns; }
  bool is_sparse() const override { return true; }
  std::vector<Index> offsets() const override { return rows_.offsets; }
  void visit(const Work& work) const override {
    for (Index first = 0; first < rows_.local_rows(); first += piece_) {
      const Index count = std::min(piece_, rows_.local_rows() - first);
      SparseRows block{RowPartition(count, Shares(1)), 0, rows_.columns, {0}, {}, {}};
      for (Index i = first; i < first + count; ++i) {
        const auto begin = rows_.offsets[static_cast<std::size_t>(i)], end = rows_.offsets[static_cast<std::size_t>(i) + 1];
        block.indices.insert(block.indices.end(), rows_.indices.begin() + begin, rows_.indices.begin() + end);
        block.values.insert(block.values.end(), rows_.values.begin() + begin, rows_.values.begin() + end);
        block.offsets.push_back(static_cast<Index>(block.indices.size()));
      }
      work(first, block);
    }
  }

 private:
  const SparseRows& rows_;
  Index piece_;
};

/// Equal to the bit, however the rows are divided into pieces. Column 0 is far from zero, so it is centered explicitly.
TEST(CenteredMatrix, DoesNotDependOnThePieces) {
  const auto& comm = test::comm();
  const RowMatrix x = made_up(333, 37);
  const RowMatrixD v = test::random_rows(37, 21, 4).cast<double>().colwise().normalized();
  const Matrix whole = to_sparse(my_rows_of(x, comm));
  for (const auto scale : {ColumnScale::none, ColumnScale::deviation}) {
    const CenteredMatrix a(comm, whole, true, scale);
    for (const Index piece : {1, 7, 16, 100, 1000}) {
      const InPieces rows(std::get<SparseRows>(whole), piece);
      const CenteredMatrix b(comm, rows, true, scale);
      EXPECT_EQ(a.mean(), b.mean());
      EXPECT_EQ(a.squared_norm(), b.squared_norm());
      EXPECT_EQ(a.gram(comm), b.gram(comm));
      EXPECT_EQ(a.gram_times(comm, v), b.gram_times(comm, v));
      EXPECT_EQ(a.times(comm, v), b.times(comm, v));
    }
  }
}

/// Each column keeps its digits, whatever its offset and however long the others are.
TEST(CenteredMatrix, OffsetsAndUnlikeScalesCostNoDigits) {
  const auto& comm = test::comm();
  RowMatrix x = test::random_rows(333, 8, 5);
  for (Index j = 0; j < 8; ++j) x.col(j) *= std::pow(10.0f, static_cast<float>(4 * (j % 4) - 8));
  for (Index j = 4; j < 8; ++j) x.col(j).array() += 1e6f * x.col(j).cwiseAbs().maxCoeff();
  const auto mine = my_rows_of(x, comm);
  const RowMatrixD v = test::random_rows(8, 3, 4).cast<double>().colwise().normalized();
  for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
    for (const bool scale : {false, true}) {
      const CenteredMatrix a(comm, matrix, true, scale ? ColumnScale::deviation : ColumnScale::none);
      const RowMatrixD truth =
          written_out(x, true, false) * Eigen::Map<const Eigen::VectorXd>(a.scale().data(), 8).asDiagonal();
      const Eigen::RowVectorXd length = truth.colwise().norm();
      const RowMatrixD unit = truth * length.cwiseInverse().asDiagonal();
      const RowMatrixD gram = length.cwiseInverse().asDiagonal() * a.gram(comm) * length.cwiseInverse().asDiagonal();
      EXPECT_LT((gram - unit.transpose() * unit).cwiseAbs().maxCoeff(), 1e-7);  // float32 of what was centered
      if (scale) {
        EXPECT_LT((a.gram_times(comm, v) - truth.transpose() * truth * v).norm(), 1e-5 * truth.squaredNorm());
      }
    }
  }
}

/// The second difference matrix has the eigenvalues 2 - 2 cos(pi k / (n + 1)).
TEST(SymmetricEigen, OfTheSecondDifferences) {
  constexpr Index n = 40;
  RowMatrixD matrix = RowMatrixD::Zero(n, n);
  for (Index i = 0; i < n; ++i) {
    matrix(i, i) = 2;
    if (i > 0) matrix(i, i - 1) = matrix(i - 1, i) = -1;
  }
  const auto pairs = leading_eigenpairs(matrix, 7);
  EXPECT_EQ(pairs.values.size(), 7u);
  for (Index k = 0; k < 7; ++k) {
    const double value = pairs.values[static_cast<std::size_t>(k)];
    EXPECT_NEAR(value, 2 - 2 * std::cos(M_PI * static_cast<double>(n - k) / static_cast<double>(n + 1)), 1e-13);
    EXPECT_LT((matrix * pairs.vectors.col(k) - value * pairs.vectors.col(k)).norm(), 1e-13);
  }
  EXPECT_LT((pairs.vectors.transpose() * pairs.vectors - RowMatrixD::Identity(7, 7)).norm(), 1e-13);
}

TEST(RandomizedSvd, FindsAllOfAnExactlyLowRank) {
  const auto& comm = test::comm();
  const RowMatrix x = test::random_rows(200, 6, 1) * test::random_rows(6, 90, 2);
  const Matrix mine = my_rows_of(x, comm);
  const CenteredMatrix a(comm, mine, false, ColumnScale::none);
  const auto leading = leading_directions(comm, a, 6, {});
  EXPECT_EQ(leading.directions.cols(), 6);
  EXPECT_LT((x.cast<double>() - x.cast<double>() * leading.directions * leading.directions.transpose()).norm(),
            1e-6 * x.norm());
}

TEST(RandomizedSvd, StopsWhenSettledAndSaysHowWell) {
  const auto& comm = test::comm();
  RowMatrix x = test::random_rows(400, 80, 3);
  for (Index j = 0; j < 80; ++j) x.col(j) *= std::pow(0.9f, static_cast<float>(j));
  const Matrix mine = my_rows_of(x, comm);
  const CenteredMatrix a(comm, mine, true, ColumnScale::none);
  const auto settled = leading_directions(comm, a, 5, {5, 50, 0});
  EXPECT_LT(settled.residual, 1e-3);
  EXPECT_LT(settled.passes, 15);
  const auto hasty = leading_directions(comm, a, 5, {5, 1, 0});
  EXPECT_EQ(hasty.passes, 1);
  EXPECT_GT(hasty.residual, 1e-3);
}

TEST(RequireFinite, NamesTheFirstPlaceOnAllRanks) {
  const auto& comm = test::comm();
  RowMatrix x = test::random_rows(90, 7, 1);
  EXPECT_NO_THROW(require_finite(comm, Matrix(my_rows_of(x, comm))));
  x(80, 1) = std::numeric_limits<float>::infinity();
  x(44, 5) = std::numeric_limits<float>::quiet_NaN();
  for (const Matrix& matrix : {Matrix(my_rows_of(x, comm)), Matrix(to_sparse(my_rows_of(x, comm)))}) {
    try {
      require_finite(comm, matrix);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const InputError& error) {
      EXPECT_EQ(error.place(), "row 44, column 5");
    }
  }
}

}  // namespace
}  // namespace replearn
