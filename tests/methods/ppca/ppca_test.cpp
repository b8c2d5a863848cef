#include "methods/ppca/ppca.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.hpp"
#include "support/random_rows.hpp"
#include "support/read_binary.hpp"
#include "support/test_comm.hpp"

namespace replearn::ppca {
namespace {

Matrix mine(const RowMatrix& whole) {
  return my_rows_of(whole, test::comm());
}

/// Handwritten digits without the pixels that never change.
RowMatrix digits() {
  const RowMatrix x = test::read_matrix("neighbors/digits.f32", 64);
  std::vector<Index> varying;
  for (Index j = 0; j < x.cols(); ++j) {
    if ((x.col(j).array() != x(0, j)).any()) varying.push_back(j);
  }
  return x(Eigen::all, varying);
}

/// x = z W^T + mean + noise, of q dimensions.
RowMatrix low_rank(Index n, Index m, Index q, float noise) {
  const RowMatrix w = test::random_rows(m, q, 401), z = test::random_rows(n, q, 402);
  return (z * w.transpose() + noise * test::random_rows(n, m, 403)).rowwise() + 3 * test::random_rows(1, m, 404).row(0);
}

/// Of the rows of x, from the density of N(mean, W W^T + Psi) over the entries that are there (not NaN).
double log_likelihood(const RowMatrix& x, const Model& model) {
  double sum = 0;
  const Eigen::MatrixXd whole = model.loadings * model.loadings.transpose();
  for (Index i = 0; i < x.rows(); ++i) {
    std::vector<Index> there;
    for (Index j = 0; j < x.cols(); ++j) {
      if (!std::isnan(x(i, j))) there.push_back(j);
    }
    const auto count = static_cast<Index>(there.size());
    Eigen::MatrixXd covariance = whole(there, there);
    Eigen::VectorXd apart(count);
    for (Index a = 0; a < count; ++a) {
      const auto j = static_cast<std::size_t>(there[static_cast<std::size_t>(a)]);
      covariance(a, a) += model.noise[j];
      apart[a] = static_cast<double>(x(i, there[static_cast<std::size_t>(a)])) - model.mean[j];
    }
    const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
    sum -= 0.5 * static_cast<double>(count) * std::log(2 * std::numbers::pi);
    for (Index a = 0; a < count; ++a) sum -= std::log(factor.matrixLLT()(a, a));
    sum -= 0.5 * apart.dot(factor.solve(apart));
  }
  return sum;
}

void expect_rising(const Results& results) {
  for (std::size_t i = 1; i < results.log_likelihood.size(); ++i) {
    const double before = results.log_likelihood[i - 1];
    EXPECT_GE(results.log_likelihood[i], before - 1e-9 * std::abs(before)) << "iteration " << i;
  }
}

TEST(Ppca, EndsAtTheClosedFormOfTippingAndBishop) {
  const RowMatrix x = digits();
  const auto results = ppca(test::comm(), mine(x), {.components = 5});
  const Eigen::MatrixXd centered = x.cast<double>().rowwise() - x.cast<double>().colwise().mean();
  const Eigen::MatrixXd covariance = centered.transpose() * centered / static_cast<double>(x.rows());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
  const Eigen::VectorXd values = solver.eigenvalues().reverse();
  const auto m = static_cast<double>(x.cols());
  double logarithms = 0;
  for (Index c = 0; c < 5; ++c) logarithms += std::log(values[c]);
  const double noise = values.tail(x.cols() - 5).mean();
  const double expected = -static_cast<double>(x.rows()) / 2 *
                          (m * std::log(2 * std::numbers::pi) + logarithms + (m - 5) * std::log(noise) + m);
  EXPECT_NEAR(results.log_likelihood.back(), expected, 1e-7 * std::abs(expected));
  EXPECT_NEAR(results.model.noise.front(), noise, 1e-6 * noise);
  EXPECT_NEAR(log_likelihood(x, results.model), expected, 1e-6 * std::abs(expected));
  expect_rising(results);
}

TEST(Ppca, FactorAnalysisIsScikitLearns) {
  const RowMatrix x = digits();
  for (const auto& [components, theirs] : {std::pair<Index, double>{2, -39127.24132307229}, {5, -37310.66147542704}}) {
    const auto results =
        ppca(test::comm(), mine(x),
             {.components = components, .noise = Noise::per_gene, .iterations = 5000, .tolerance = 1e-12});
    EXPECT_NEAR(results.log_likelihood.back(), theirs, 0.01) << components;
    EXPECT_NEAR(log_likelihood(x, results.model), results.log_likelihood.back(), 0.01);
    EXPECT_TRUE(results.converged);
    expect_rising(results);
  }
}

/// Factor analysis does not mind the units of the columns, and tells the likelihood that its model has.
TEST(Ppca, FactorAnalysisOfColumnsInUnlikeUnits) {
  const RowMatrix x = low_rank(150, 8, 2, 0.5f);
  RowMatrix other = x;
  for (Index j = 0; j < 8; ++j) other.col(j) *= std::ldexp(1.0f, static_cast<int>(7 * j) - 27);  // up to 5e14 apart
  for (const auto missing : {Missing::none, Missing::nan}) {
    const Options options{.components = 2, .noise = Noise::per_gene, .missing = missing};
    const auto plain = ppca(test::comm(), mine(x), options), results = ppca(test::comm(), mine(other), options);
    const double mine_now = results.log_likelihood.back();
    EXPECT_NEAR(log_likelihood(other, results.model), mine_now, 1e-6 * std::abs(mine_now));
    double units = 0;
    for (Index j = 0; j < 8; ++j) units += 150 * std::log(2.0) * static_cast<double>(7 * j - 27);
    EXPECT_NEAR(mine_now + units, plain.log_likelihood.back(), 1e-4);
    expect_rising(results);
  }
}

TEST(Ppca, WithoutNoiseItIsPca) {
  const RowMatrix x = low_rank(200, 12, 3, 1e-3f);
  const auto results = ppca(test::comm(), mine(x), {.components = 3});
  const Eigen::MatrixXd centered = x.cast<double>().rowwise() - x.cast<double>().colwise().mean();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(centered.transpose() * centered / 200.0);
  EXPECT_LT(results.model.noise.front(), 2e-6);
  const RowMatrix scores = all_gather_rows(test::comm(), results.scores);
  for (Index c = 0; c < 3; ++c) {
    const Eigen::VectorXd axis = solver.eigenvectors().col(11 - c);
    const double length = std::sqrt(solver.eigenvalues()[11 - c]);
    EXPECT_NEAR(std::abs(results.model.loadings.col(c).dot(axis)), length, 1e-5 * length);
    // Scores are the principal ones, whitened.
    const Eigen::VectorXd theirs = centered * axis / length, ours = scores.col(c).cast<double>();
    EXPECT_NEAR(std::abs(theirs.dot(ours)) / 200, 1, 1e-4) << c;
  }
}

TEST(Ppca, AtTheMaximumNoParameterHasASlope) {
  RowMatrix x = low_rank(120, 8, 2, 0.5f);
  for (Index i = 0; i < x.rows(); ++i) x(i, (i * 5) % 8) = std::numeric_limits<float>::quiet_NaN();
  for (const auto noise : {Noise::isotropic, Noise::per_gene}) {
    const auto results =
        ppca(test::comm(), mine(x),
             {.components = 2, .noise = noise, .missing = Missing::nan, .iterations = 20000, .tolerance = 1e-13});
    const double best = log_likelihood(x, results.model);
    EXPECT_NEAR(best, results.log_likelihood.back(), 1e-3);
    for (Index j = 0; j < 8; ++j) {
      for (const double h : {-0.02, 0.02}) {
        Model beside = results.model;
        beside.loadings(j, j % 2) += h;
        EXPECT_LT(log_likelihood(x, beside), best) << "loading " << j;
        beside = results.model;
        beside.mean[static_cast<std::size_t>(j)] += h;
        EXPECT_LT(log_likelihood(x, beside), best) << "mean " << j;
        if (noise == Noise::isotropic) continue;
        beside = results.model;
        beside.noise[static_cast<std::size_t>(j)] *= 1 + 2 * h;
        EXPECT_LT(log_likelihood(x, beside), best) << "noise " << j;
      }
    }
  }
}

TEST(Ppca, TheWayOfMissingEntriesComesToTheSameWhereNoneIs) {
  const RowMatrix x = digits();
  for (const auto noise : {Noise::isotropic, Noise::per_gene}) {
    Options options{.components = 3, .noise = noise, .iterations = 600, .tolerance = 1e-11};
    const auto complete = ppca(test::comm(), mine(x), options);
    options.missing = Missing::nan;
    const auto other = ppca(test::comm(), mine(x), options);
    EXPECT_NEAR(other.log_likelihood.back(), complete.log_likelihood.back(),
                1e-5 * std::abs(complete.log_likelihood.back()));
    expect_rising(other);
  }
}

TEST(Ppca, MissingEntriesAreFoundAgain) {
  const RowMatrix truth = low_rank(300, 20, 2, 0.05f);
  RowMatrix x = truth;
  double all = 0, error = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    RandomStream random(5, Purpose::test, static_cast<std::uint64_t>(i));
    for (Index j = 0; j < x.cols(); ++j) {
      if (random.uniform() < 0.4) x(i, j) = std::numeric_limits<float>::quiet_NaN();
    }
  }
  const auto results = ppca(test::comm(), mine(x), {.components = 2, .missing = Missing::nan});
  const RowMatrix found = all_gather_rows(test::comm(), expected(results));
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < x.cols(); ++j) {
      if (!std::isnan(x(i, j))) continue;
      error += std::pow(static_cast<double>(found(i, j) - truth(i, j)), 2);
      all += std::pow(static_cast<double>(truth(i, j)) - results.model.mean[static_cast<std::size_t>(j)], 2);
    }
  }
  EXPECT_LT(error, 0.005 * all);
  expect_rising(results);
}

TEST(Ppca, ZerosOfASparseMatrixMayBeMissing) {
  RowMatrix x = low_rank(150, 10, 2, 0.3f), holes = x;
  for (Index i = 0; i < x.rows(); ++i) {
    x(i, (i * 3) % 10) = 0;
    holes(i, (i * 3) % 10) = std::numeric_limits<float>::quiet_NaN();
  }
  Options options{.components = 2, .missing = Missing::zero};
  const auto sparse = ppca(test::comm(), Matrix(to_sparse(my_rows_of(x, test::comm()))), options);
  const auto dense = ppca(test::comm(), mine(x), options);
  options.missing = Missing::nan;
  const auto marked = ppca(test::comm(), mine(holes), options);
  EXPECT_EQ(sparse.log_likelihood, dense.log_likelihood);
  EXPECT_EQ(sparse.log_likelihood, marked.log_likelihood);
  EXPECT_EQ(sparse.scores.local, marked.scores.local);
}

TEST(Ppca, IsEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  RowMatrix x = low_rank(333, 15, 3, 0.5f);
  for (const auto missing : {Missing::none, Missing::nan}) {
    for (const auto noise : {Noise::isotropic, Noise::per_gene}) {
      const Options options{.components = 3, .noise = noise, .missing = missing, .iterations = 30};
      const auto together = ppca(test::comm(), mine(x), options);
      const auto by_one = ppca(alone, Matrix(my_rows_of(x, alone)), options);
      EXPECT_EQ(together.log_likelihood, by_one.log_likelihood);
      EXPECT_EQ(together.model.loadings, by_one.model.loadings);
      EXPECT_EQ(all_gather_rows(test::comm(), together.scores), by_one.scores.local);
    }
    x(7, 3) = x(100, 4) = std::numeric_limits<float>::quiet_NaN();
  }
}

TEST(Ppca, ConstantGenesTakeNoPart) {
  RowMatrix x = low_rank(60, 6, 1, 0.5f);
  const auto without = ppca(test::comm(), mine(x.leftCols(5)), {.components = 1});
  x.col(5).setConstant(4);
  for (const auto missing : {Missing::none, Missing::nan}) {
    const auto with = ppca(test::comm(), mine(x), {.components = 1, .missing = missing, .tolerance = 1e-12});
    EXPECT_NEAR(with.log_likelihood.back(), without.log_likelihood.back(), 1e-4);
    EXPECT_EQ(with.model.noise[5], 0);
    EXPECT_EQ(with.model.loadings(5, 0), 0);
    EXPECT_NEAR(with.model.mean[5], 4, 1e-12);
  }
}

TEST(Ppca, RefusesWhatDoesNotFit) {
  RowMatrix x = low_rank(30, 5, 2, 0.1f);
  EXPECT_THROW(ppca(test::comm(), mine(x), {.components = 0}), InputError);
  EXPECT_THROW(ppca(test::comm(), mine(x), {.components = 5}), InputError);
  EXPECT_THROW(ppca(test::comm(), mine(RowMatrix::Ones(30, 5)), {.components = 2}), InputError);
  EXPECT_THROW(ppca(test::comm(), mine(RowMatrix::Ones(30, 5)), {.components = 2, .missing = Missing::nan}),
               InputError);
  x(3, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(ppca(test::comm(), mine(x), {.components = 2}), InputError);
  x(3, 2) = std::numeric_limits<float>::infinity();
  EXPECT_THROW(ppca(test::comm(), mine(x), {.components = 2, .missing = Missing::nan}), InputError);
}

}  // namespace
}  // namespace replearn::ppca
