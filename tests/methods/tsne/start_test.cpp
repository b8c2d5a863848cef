#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "methods/tsne/affinities.hpp"
#include "methods/tsne/tsne.hpp"
#include "support/graphs.hpp"
#include "support/random_rows.hpp"
#include "support/read_binary.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

RowMatrix spectral(const mpi::Communicator& comm, const SparseRows& p, Index q) {
  return all_gather_rows(comm, spectral_start(comm, p, q, 3));
}

double cosine(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  return a.dot(b) / (a.norm() * b.norm());
}

TEST(TsneSpectralStart, OfAPathAreCosines) {
  // The walk on a path of n is reflected at its ends: its eigenvectors are cos(pi c j / (n - 1)), c = 1, 2, ...
  const Index n = 150;
  RowMatrix path = RowMatrix::Zero(n, n);
  for (Index i = 0; i + 1 < n; ++i) path(i, i + 1) = path(i + 1, i) = 1;
  const auto p = given_probabilities(test::comm(), to_sparse(my_rows_of(path, test::comm())));
  const RowMatrix start = spectral(test::comm(), p, 3);
  for (Index c = 0; c < 3; ++c) {
    Eigen::VectorXd wave(n);
    for (Index j = 0; j < n; ++j) {
      wave(j) = std::cos(std::numbers::pi * static_cast<double>((c + 1) * j) / static_cast<double>(n - 1));
    }
    EXPECT_GT(std::abs(cosine(start.col(c).cast<double>(), wave)), 1 - 1e-6) << c;
    EXPECT_GT(start.col(c).maxCoeff(), 0.9999f * start.col(c).cwiseAbs().maxCoeff());
  }
  const Eigen::ArrayXd first = start.col(0).cast<double>();
  EXPECT_NEAR(std::sqrt((first - first.mean()).square().mean()), 1e-4, 1e-9);
}

TEST(TsneSpectralStart, IsTheDenseSolversAndTheSameOnAnyNumberOfRanks) {
  const RowMatrix x = test::read_matrix("neighbors/digits.f32", 64);
  const auto alone = test::comm().split(test::comm().rank());
  const auto p = joint_probabilities(test::comm(), test::graph_of(test::comm(), x, 90), 30);
  const auto single = joint_probabilities(alone, test::graph_of(alone, x, 90), 30);
  const RowMatrix start = spectral(test::comm(), p, 2);
  EXPECT_EQ(start, spectral(alone, single, 2));

  const Eigen::MatrixXd dense = to_dense(single).local.cast<double>();
  const Eigen::MatrixXd degrees = dense.rowwise().sum().asDiagonal();
  const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXd> solver(dense, degrees);
  for (Index c = 0; c < 2; ++c) {
    const Eigen::VectorXd expected = solver.eigenvectors().col(298 - c);
    EXPECT_GT(std::abs(cosine(start.col(c).cast<double>(), expected)), 1 - 1e-6) << c;
  }
  // Columns are to each other as lambda v is.
  const auto length = [&](Index c) {
    return solver.eigenvalues()(298 - c) * solver.eigenvectors().col(298 - c).norm();
  };
  EXPECT_NEAR(start.col(1).norm() / start.col(0).norm(), length(1) / length(0), 1e-4);
}

TEST(TsneSpectralStart, OfSeparatePartsAndLonePointsIsFinite) {
  RowMatrix a = RowMatrix::Zero(90, 90);
  a.topLeftCorner(40, 40).setOnes();
  a.bottomRightCorner(49, 49).setOnes();  // row 40 has no affinities
  const auto p = given_probabilities(test::comm(), to_sparse(my_rows_of(a, test::comm())));
  const RowMatrix start = spectral(test::comm(), p, 1);
  EXPECT_TRUE(start.allFinite());
  EXPECT_NEAR(start(0, 0), start(39, 0), 1e-8f);
  EXPECT_NEAR(start(41, 0), start(89, 0), 1e-8f);
  EXPECT_GT(std::abs(start(0, 0) - start(89, 0)), 1e-4f);
}

TEST(TsneStart, MayBeKeptAsItIs) {
  const RowMatrix scores = 7.0f * test::random_rows(100, 3, 5);
  const auto start = all_gather_rows(
      test::comm(), start_from_scores(test::comm(), my_rows_of(scores, test::comm()), 2, StartScale::keep));
  EXPECT_EQ(start, RowMatrix(scores.leftCols(2)));
  EXPECT_THROW(start_from_scores(test::comm(), my_rows_of(scores, test::comm()), 4, StartScale::keep), InputError);
}

}  // namespace
}  // namespace replearn::tsne
