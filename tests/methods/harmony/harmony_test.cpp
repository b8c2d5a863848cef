// Against harmonypy 0.0.10 from the same initial clusters (tests/data/harmony/make_reference.py), and by definition.
#include "methods/harmony/harmony.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/error.hpp"
#include "methods/harmony/correction.hpp"
#include "methods/harmony/start.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/read_binary.hpp"
#include "support/test_comm.hpp"

namespace replearn::harmony {
namespace {

using test::comm;
constexpr Index columns = 8;

struct Example {
  DistributedMatrix z;
  Factors factors;
};

/// The points of the reference with one or both of its factors.
Example example(const mpi::Communicator& ranks, Index factors) {
  Example made{my_rows_of(test::read_matrix("harmony/points.f32", columns), ranks), {}};
  const auto levels = test::read_binary<std::int32_t>("harmony/levels.i32");
  const Index n = made.z.rows();
  for (Index f = 0; f < factors; ++f) {
    const auto first = levels.begin() + f * n + made.z.first_row();
    made.factors.local.emplace_back(first, first + made.z.local_rows());
    made.factors.levels.push_back(f == 0 ? 3 : 2);
  }
  return made;
}

RowMatrix corrected(const mpi::Communicator& ranks, Index factors, const Options& options, bool given_start = true) {
  const auto made = example(ranks, factors);
  const RowMatrix start = given_start ? test::read_matrix("harmony/centers.f32", columns) : RowMatrix();
  return all_gather_rows(ranks, harmony(ranks, made.z, made.factors, options, {}, start).corrected);
}

double relative_difference(const RowMatrix& a, const RowMatrix& b) {
  return (a - b).cast<double>().norm() / b.cast<double>().norm();
}

TEST(Harmony, IsHarmonypys) {
  EXPECT_LT(relative_difference(corrected(comm(), 1, {}), test::read_matrix("harmony/corrected.f32", columns)), 1e-5);
}

TEST(Harmony, IsHarmonypysWithTwoFactors) {
  const Options options{.theta = {2, 1}};
  EXPECT_LT(relative_difference(corrected(comm(), 2, options), test::read_matrix("harmony/corrected_two.f32", columns)),
            1e-5);
}

TEST(Harmony, ObjectiveIsHarmonypys) {
  std::ifstream file(std::string(REPLEARN_TEST_DATA) + "/harmony/objective.txt");
  const auto made = example(comm(), 1);
  const auto results =
      harmony(comm(), made.z, made.factors, {}, {}, test::read_matrix("harmony/centers.f32", columns));
  double expected = 0;
  std::size_t at = 0;
  for (; file >> expected; ++at) {
    ASSERT_LT(at, results.objective.size());
    EXPECT_NEAR(results.objective[at], expected, 2e-4 * std::abs(expected)) << at;
  }
  EXPECT_EQ(at, results.objective.size());
  EXPECT_TRUE(results.converged);
}

TEST(Harmony, SameBitsOnAnyRanks) {
  const auto alone = comm().split(comm().rank());
  for (const bool given_start : {true, false}) {
    EXPECT_EQ(corrected(comm(), 2, {}, given_start), corrected(alone, 2, {}, given_start)) << given_start;
  }
}

TEST(Harmony, MixesWhatDiffersByAShift) {
  // One cloud, measured twice with a shift: the batches' means coincide afterwards.
  const Index n = 600;
  RowMatrix x = test::random_rows(n, 5, 3);
  std::vector<std::int32_t> batch(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    batch[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i % 2);
    x(i, 0) += i % 2 == 0 ? 0.0f : 1.5f;
  }
  const auto z = my_rows_of(x, comm());
  Factors factors{{2}, {{batch.begin() + z.first_row(), batch.begin() + z.first_row() + z.local_rows()}}};
  const auto after = all_gather_rows(comm(), harmony(comm(), z, factors, {}).corrected);
  const auto distance = [](const RowMatrix& rows) {
    Eigen::RowVectorXf difference = Eigen::RowVectorXf::Zero(rows.cols());
    for (Index i = 0; i < rows.rows(); ++i) difference += (i % 2 == 0 ? 1.0f : -1.0f) * rows.row(i);
    return difference.norm() * 2 / static_cast<float>(rows.rows());
  };
  EXPECT_GT(distance(x), 1.4f);
  EXPECT_LT(distance(after), 0.25f);
}

TEST(Harmony, ALargePenaltyMovesNothing) {
  // lambda so large that no shift is allowed: the points stay.
  const Options options{.lambda = 1e12};
  EXPECT_LT(relative_difference(corrected(comm(), 1, options), test::read_matrix("harmony/points.f32", columns)), 1e-6);
}

TEST(Harmony, KMeansFindsSeparateClusters) {
  RowMatrix x = test::random_rows(400, 4, 9);
  for (Index i = 0; i < x.rows(); ++i) x(i, i % 4) += 100;
  const auto centers = k_means(comm(), my_rows_of(x, comm()), 4, 1);
  for (Index c = 0; c < 4; ++c) EXPECT_GT(centers.col(c).maxCoeff(), 90) << c;
}

TEST(Harmony, RefusesWhatDoesNotFit) {
  auto made = example(comm(), 1);
  EXPECT_THROW(harmony(comm(), made.z, made.factors, {.theta = {1, 2}}), InputError);
  EXPECT_THROW(harmony(comm(), made.z, made.factors, {.clusters = 900}), InputError);
  EXPECT_THROW(harmony(comm(), made.z, made.factors, {.sigma = 0}), InputError);
  auto single = made.factors;
  single.levels = {1};
  EXPECT_THROW(harmony(comm(), made.z, single, {}), InputError);
  if (made.z.local_rows() > 0 && comm().is_root()) made.z.local.row(0).setZero();
  EXPECT_THROW(harmony(comm(), made.z, made.factors, {}), InputError);
}

}  // namespace
}  // namespace replearn::harmony
