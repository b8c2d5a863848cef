#include "methods/pca/pca.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::pca {
namespace {

/// Counts of cells of four kinds, most of them zero: a few strong directions, then noise that falls slowly.
RowMatrix counts(Index n, Index m) {
  RowMatrix x = RowMatrix::Zero(n, m);
  for (Index i = 0; i < n; ++i) {
    RandomStream random(3, Purpose::test, static_cast<std::uint64_t>(i));
    for (Index j = 0; j < m; ++j) {
      const bool marker = j % 4 == i % 4;
      if (random.uniform() < (marker ? 0.5 : 0.1)) {
        x(i, j) = static_cast<float>(std::exp((marker ? 1.0 : 0.3) * random.normal()));
      }
    }
  }
  return x;
}

/// The centered and scaled matrix, written out.
Eigen::MatrixXd prepared(const RowMatrix& x, const Options& options) {
  Eigen::MatrixXd a = x.cast<double>();
  const Eigen::RowVectorXd mean = a.colwise().mean();
  for (Index j = 0; j < a.cols(); ++j) {
    const double deviation = std::sqrt((a.col(j).array() - mean[j]).square().sum() / static_cast<double>(a.rows() - 1));
    if (options.center) a.col(j).array() -= mean[j];
    if (options.scale) a.col(j) *= deviation > 0 ? 1 / deviation : 0;
  }
  return a;
}

/// Singular values to `precise` of a full SVD by Eigen; scores and loadings consistent; signs as promised.
void expect_full_svd(const RowMatrix& x, const Matrix& mine, const Options& options, double precise, double angle) {
  const auto& comm = test::comm();
  const auto results = pca(comm, mine, options);
  const Eigen::MatrixXd a = prepared(x, options);
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Index k = options.components;
  const Eigen::MatrixXd loadings = results.loadings.cast<double>();
  EXPECT_EQ(loadings.cols(), k);
  EXPECT_EQ(static_cast<Index>(results.singular_values.size()), k);
  const double total = a.squaredNorm();
  for (Index c = 0; c < k; ++c) {
    const double value = results.singular_values[static_cast<std::size_t>(c)], truth = svd.singularValues()[c];
    EXPECT_NEAR(value, truth, precise * truth) << "component " << c;
    EXPECT_NEAR(results.variance[static_cast<std::size_t>(c)], value * value / static_cast<double>(x.rows() - 1),
                1e-9 * value * value);
    EXPECT_NEAR(results.variance_ratio[static_cast<std::size_t>(c)], value * value / total, 1e-9);
    Index largest = 0;
    loadings.col(c).cwiseAbs().maxCoeff(&largest);
    EXPECT_GT(loadings(largest, c), 0) << "the sign of component " << c;
  }
  EXPECT_LT((loadings.transpose() * loadings - Eigen::MatrixXd::Identity(k, k)).norm(), 1e-5);
  // The sine of the largest angle between the leading five loadings and the true ones, which a gap sets apart.
  const Eigen::MatrixXd v = svd.matrixV().leftCols(4), ours = loadings.leftCols(4);
  EXPECT_LT((ours - v * (v.transpose() * ours)).operatorNorm(), angle);
  const RowMatrix scores = all_gather_rows(comm, results.scores);
  EXPECT_LT((scores.cast<double>() - a * loadings).norm(), 1e-5 * a.norm());
}

TEST(Pca, IsTheFullSvd) {
  const RowMatrix x = counts(300, 90);
  const auto mine = my_rows_of(x, test::comm());
  for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
    for (const auto& [center, scale] :
         {std::pair(true, false), std::pair(true, true), std::pair(false, false), std::pair(false, true)}) {
      Options options;
      options.components = 20;
      options.center = center;
      options.scale = scale;
      options.method = Method::exact;
      expect_full_svd(x, matrix, options, 1e-9, 1e-6);
      options.method = Method::randomized;
      options.oversamples = 5;
      expect_full_svd(x, matrix, options, 1e-3, 1e-2);
    }
  }
}

TEST(Pca, OfMoreColumnsThanRows) {
  const RowMatrix x = counts(60, 400);
  Options options;
  options.components = 20;
  for (const Method method : {Method::exact, Method::randomized}) {
    options.method = method;
    expect_full_svd(x, Matrix(my_rows_of(x, test::comm())), options, method == Method::exact ? 1e-9 : 1e-3, 1e-2);
  }
}

/// Columns of a Hadamard matrix are orthogonal and, but for the first, centered: the singular values are their lengths.
TEST(Pca, OfOrthogonalColumnsIsKnown) {
  constexpr Index n = 64, m = 5;
  RowMatrix x(n, m);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < m; ++j) {
      const int parity = __builtin_popcountll(static_cast<unsigned long long>(i & (j + 1))) & 1;
      x(i, j) = static_cast<float>(j + 1) * (parity ? -1.0f : 1.0f) + 100.0f;
    }
  }
  Options options;
  options.components = m;
  for (const Method method : {Method::exact, Method::randomized}) {
    options.method = method;
    const auto results = pca(test::comm(), Matrix(my_rows_of(x, test::comm())), options);
    for (Index c = 0; c < m; ++c) {
      const auto at = static_cast<std::size_t>(c);
      EXPECT_NEAR(results.singular_values[at], static_cast<double>(m - c) * 8, 1e-5);
      EXPECT_NEAR(results.variance_ratio[at], static_cast<double>((m - c) * (m - c)) / 55, 1e-7);
      EXPECT_NEAR(results.loadings(m - 1 - c, c), 1, 1e-5);
    }
  }
}

/// What lies far from zero, or hardly varies, is no less a column: by the full SVD of the centered matrix.
TEST(Pca, OfOffsetsAndNearlyConstantColumns) {
  RowMatrix far = counts(90, 40), near = counts(90, 40), one = counts(90, 40);
  far.array() += 1e7f;
  for (Index i = 0; i < 90; ++i) one(i, 7) = 1e8f + static_cast<float>(i);
  near.col(3).setConstant(0.3f);
  near(60, 3) = std::nextafter(0.3f, 1.0f);
  near.col(4).setConstant(7.1f);
  for (const Method method : {Method::exact, Method::randomized}) {
    Options options;
    options.components = 20;
    options.method = method;
    for (const bool sparse : {false, true}) {
      const auto given = [&](const RowMatrix& x) {
        const auto mine = my_rows_of(x, test::comm());
        return sparse ? Matrix(to_sparse(mine)) : Matrix(mine);
      };
      const double precise = method == Method::exact ? 1e-6 : 1e-3;
      options.scale = false;
      expect_full_svd(far, given(far), options, precise, 1e-2);
      expect_full_svd(one, given(one), options, precise, 1e-2);
      options.scale = true;
      expect_full_svd(near, given(near), options, precise, 1e-2);
    }
  }
}

/// Rows that come later are at the scores they had when the components were found with them.
/// Columns up to 1e8 apart keep their components: numpy.linalg.svd of the centered matrix in float64 has them all.
TEST(Pca, OfColumnsOfVeryUnlikeLength) {
  for (const double far : {1e4, 1e6, 1e8, 1e12}) {
    RowMatrix x = test::random_rows(200, 21, 31);
    x.col(0) *= static_cast<float>(far);
    x.col(7) *= static_cast<float>(std::sqrt(far));
    x.col(9).setConstant(3);
    Options options;
    options.components = 20;
    options.method = Method::exact;
    const auto results = pca(test::comm(), my_rows_of(x, test::comm()), options);
    // Eigen's SVD is right to 1e-16 of the largest value: the two long columns are taken out by hand, one after the
    // other, which is what a QR decomposition with pivoting does.
    Eigen::MatrixXd a = prepared(x, options);
    a.col(1).swap(a.col(7));
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(a);
    const Eigen::MatrixXd r = qr.matrixQR().topRows(21).triangularView<Eigen::Upper>();
    const Eigen::VectorXd rest = Eigen::BDCSVD<Eigen::MatrixXd>(r.bottomRightCorner(19, 19)).singularValues().head(18);
    for (Index c = 0; c < 18; ++c) {
      EXPECT_NEAR(results.singular_values[static_cast<std::size_t>(c + 2)], rest[c], 1e-5 * rest[c]) << far << ' ' << c;
    }
    EXPECT_NEAR(results.singular_values[0], std::abs(r(0, 0)), 1e-5 * std::abs(r(0, 0)));
    options.components = 21;
    EXPECT_THROW(pca(test::comm(), my_rows_of(x, test::comm()), options), InputError);  // one column is constant
    const auto other = pca(test::comm(), my_rows_of(x, test::comm()), [&] {
      options.fewer_at_low_rank = true;
      return options;
    }());
    EXPECT_EQ(other.singular_values.size(), 20u);
  }
}

TEST(Pca, ProjectsRowsToTheirScores) {
  const RowMatrix x = counts(200, 50);
  const auto mine = my_rows_of(x, test::comm());
  for (const Matrix& matrix : {Matrix(mine), Matrix(to_sparse(mine))}) {
    Options options;
    options.components = 8;
    options.scale = true;
    const auto results = pca(test::comm(), matrix, options);
    const auto again = project(test::comm(), matrix, {results.mean, results.scale, results.loadings});
    EXPECT_LT((again.local - results.scores.local).norm(), 1e-5f * (1 + results.scores.local.norm()));
  }
}

/// What one rank computes alone from all rows, every rank of several computes from its own: bit by bit.
TEST(Pca, IsTheSameOnAnyNumberOfRanks) {
  const RowMatrix x = counts(500, 120);
  const auto alone = test::comm().split(test::comm().rank());
  for (const bool sparse : {false, true}) {
    for (const Method method : {Method::exact, Method::randomized}) {
      Options options;
      options.components = 15;
      options.scale = true;
      options.method = method;
      const auto run = [&](const mpi::Communicator& comm) {
        const auto mine = my_rows_of(x, comm);
        return pca(comm, sparse ? Matrix(to_sparse(mine)) : Matrix(mine), options);
      };
      const auto together = run(test::comm()), one = run(alone);
      EXPECT_EQ(together.singular_values, one.singular_values);
      EXPECT_EQ(together.variance_ratio, one.variance_ratio);
      EXPECT_TRUE(together.loadings == one.loadings);
      EXPECT_TRUE(all_gather_rows(test::comm(), together.scores) == one.scores.local);
    }
  }
}

std::string complaint(const RowMatrix& x, const Options& options) {
  try {
    pca(test::comm(), Matrix(my_rows_of(x, test::comm())), options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Pca, NamesTheRankOfAMatrixThatHasLess) {
  RowMatrix x = test::random_rows(80, 3, 5) * test::random_rows(3, 30, 6);
  for (const Method method : {Method::exact, Method::randomized}) {
    Options options;
    options.components = 7;
    options.method = method;
    options.center = false;
    const auto told = complaint(x, options);
    EXPECT_NE(told.find("--components"), std::string::npos) << told;
    EXPECT_NE(told.find("at most 3"), std::string::npos) << told;
    options.fewer_at_low_rank = true;
    EXPECT_EQ(pca(test::comm(), Matrix(my_rows_of(x, test::comm())), options).singular_values.size(), 3u);
  }
}

TEST(Pca, RefusesWhatHasNoComponents) {
  Options options;
  options.components = 2;
  EXPECT_NE(complaint(RowMatrix::Constant(40, 6, 2.5f), options).find("identical in every row"), std::string::npos);
  EXPECT_NE(complaint(test::random_rows(1, 6, 1), options).find("2 rows"), std::string::npos);
  RowMatrix x = test::random_rows(50, 6, 1);
  x(37, 4) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(complaint(x, options).find("row 37, column 4"), std::string::npos);
  options.components = 0;
  EXPECT_NE(complaint(test::random_rows(50, 6, 1), options).find("--components"), std::string::npos);
}

TEST(Pca, TakesTheMethodWithLessWork) {
  Options options;
  options.components = 2;
  EXPECT_EQ(pca(test::comm(), Matrix(my_rows_of(counts(60, 30), test::comm())), options).method, Method::exact);
  EXPECT_EQ(pca(test::comm(), Matrix(to_sparse(my_rows_of(counts(40, 13000), test::comm()))), options).method,
            Method::randomized);
}

}  // namespace
}  // namespace replearn::pca
