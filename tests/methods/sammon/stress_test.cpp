#include "methods/sammon/stress.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/reference/dense_sammon.hpp"
#include "support/test_comm.hpp"

namespace replearn::sammon {
namespace {

constexpr double all_memory = 1e12, no_memory = 0;

InputDistances distances_of(const mpi::Communicator& comm, const RowMatrix& x, Metric metric = Metric::euclidean,
                            double memory = all_memory) {
  return {comm, my_rows_of(x, comm), metric, memory, Log()};
}

/// The whole of a matrix of which each rank holds its rows, on every rank.
RowMatrixD whole(const mpi::Communicator& comm, const RowMatrixD& mine) {
  const auto all = mpi::all_gather_v(comm, std::span<const double>(mine.data(), static_cast<std::size_t>(mine.size())));
  return Eigen::Map<const RowMatrixD>(all.data(), static_cast<Index>(all.size()) / mine.cols(), mine.cols());
}

struct Whole {
  double stress;
  RowMatrixD e1, e2;
};
Whole evaluate_whole(const mpi::Communicator& comm, const InputDistances& given, const RowMatrix& y) {
  const auto evaluation = evaluate(comm, given, my_rows_of(y, comm).local.cast<double>(), true);
  return {evaluation.stress, whole(comm, evaluation.e1), whole(comm, evaluation.e2)};
}

TEST(SammonStress, IsTheFormulaOfThePaper) {
  for (const Index q : {1, 2, 3, 5}) {
    for (const float scale : {0.01f, 1.0f, 100.0f}) {
      const RowMatrix x = test::random_rows(300, 8, 1), y = scale * test::random_rows(300, q, 2);
      const double ours = evaluate_whole(test::comm(), distances_of(test::comm(), x), y).stress;
      const double twin = test::dense_stress(test::distances(x.cast<double>()), y.cast<double>());
      EXPECT_NEAR(ours, twin, 1e-6 * twin) << "q " << q << ", scale " << scale;
    }
  }
}

TEST(SammonStress, OfThreePointsByHand) {
  // d* = 3, 4, 5; on the line 0, 3, 7: d = 3, 4, 7. E = 1/12 (0 + 0 + 4/5).
  RowMatrix x(3, 2), y(3, 1);
  x << 0, 3, 0, 0, 4, 0;
  y << 0, 3, 7;
  const auto given = distances_of(test::comm(), x);
  EXPECT_DOUBLE_EQ(given.sum(), 12);
  EXPECT_NEAR(evaluate_whole(test::comm(), given, y).stress, 0.8 / 12, 1e-8);
}

TEST(SammonStress, DerivativesAreTheFiniteDifferences) {
  for (const Index q : {1, 2, 3}) {
    const RowMatrix x = test::random_rows(40, 6, 3), y = test::random_rows(40, q, 4);
    const test::Dense given = test::distances(x.cast<double>());
    const auto numeric = test::numeric_derivatives(given, y.cast<double>(), 1e-5);
    const auto numeric_second = test::numeric_derivatives(given, y.cast<double>(), 1e-4).second;  // loses more digits
    const auto ours = evaluate_whole(test::comm(), distances_of(test::comm(), x), y);
    const double scale = 4 / given.sum();  // the sum meets each pair twice: 2 / c
    EXPECT_LT((-scale * ours.e1 - numeric.first).cwiseAbs().maxCoeff(), 2e-6 * numeric.first.cwiseAbs().maxCoeff());
    EXPECT_LT((scale * ours.e2 - numeric_second).cwiseAbs().maxCoeff(), 1e-3 * numeric_second.cwiseAbs().maxCoeff());
  }
}

TEST(SammonStress, DerivativesAreTheSumsOfThePaper) {
  for (const Index n : {20, 300, 700}) {  // fewer than a tile of pairs, more, and a last tile that is not full
    const RowMatrix x = test::random_rows(n, 6, 5), y = test::random_rows(n, 2, 6);
    const auto twin = test::dense_sums(test::distances(x.cast<double>()), y.cast<double>());
    const auto ours = evaluate_whole(test::comm(), distances_of(test::comm(), x), y);
    EXPECT_LT((ours.e1 - twin.e1).cwiseAbs().maxCoeff(), 2e-6 * twin.e1.cwiseAbs().maxCoeff()) << n;
    EXPECT_LT((ours.e2 + twin.e2).cwiseAbs().maxCoeff(), 2e-6 * twin.e2.cwiseAbs().maxCoeff()) << n;  // ours: d2E
  }
}

TEST(SammonStress, ForcesOfAllPointsCancel) {
  const RowMatrix x = test::random_rows(500, 6, 7), y = test::random_rows(500, 2, 8);
  const auto e1 = evaluate_whole(test::comm(), distances_of(test::comm(), x), y).e1;
  for (Index p = 0; p < 2; ++p) EXPECT_NEAR(e1.col(p).sum(), 0, 1e-6 * e1.cwiseAbs().sum());
}

TEST(SammonStress, PointsThatCoincideInTheMapCountInTheStressAlone) {
  const RowMatrix x = test::random_rows(50, 4, 9);
  RowMatrix y = test::random_rows(50, 2, 10);
  y.row(31) = y.row(7);
  const auto ours = evaluate_whole(test::comm(), distances_of(test::comm(), x), y);
  const double twin = test::dense_stress(test::distances(x.cast<double>()), y.cast<double>());
  EXPECT_NEAR(ours.stress, twin, 1e-6 * twin);
  EXPECT_TRUE(ours.e1.allFinite());
  EXPECT_LT(ours.e2.cwiseAbs().maxCoeff(), 1e4);
}

TEST(SammonStress, IsEqualToTheBitOnAnyNumberOfRanksAndWithOrWithoutMemory) {
  const auto alone = test::comm().split(test::comm().rank());
  const RowMatrix x = test::random_rows(700, 9, 11), y = test::random_rows(700, 2, 12);
  for (const Metric metric : {Metric::euclidean, Metric::sqeuclidean, Metric::cosine}) {
    const auto kept = distances_of(test::comm(), x, metric, all_memory);
    const auto computed = distances_of(test::comm(), x, metric, no_memory);
    const auto single = distances_of(alone, x, metric, all_memory);
    EXPECT_EQ(kept.sum(), single.sum());
    EXPECT_EQ(computed.sum(), single.sum());
    const auto expected = evaluate_whole(alone, single, y);
    for (const auto* given : {&kept, &computed}) {
      const auto found = evaluate_whole(test::comm(), *given, y);
      EXPECT_EQ(found.stress, expected.stress);
      EXPECT_EQ(found.e1, expected.e1);
      EXPECT_EQ(found.e2, expected.e2);
    }
  }
}

std::string problem_of(const RowMatrix& x, Metric metric = Metric::euclidean) {
  try {
    distances_of(test::comm(), x, metric);
  } catch (const InputError& error) {
    return error.place() + " " + error.problem();
  }
  return "fine";
}

TEST(SammonInputDistances, NameWhatHasNoDistance) {
  RowMatrix x = test::random_rows(200, 3, 13);
  EXPECT_EQ(problem_of(x), "fine");
  x.row(191) = x.row(18);
  EXPECT_EQ(problem_of(x), "rows 18 and 191 are at distance 0, where Sammon's stress has no value");
  x.row(191) = 2 * x.row(18);
  EXPECT_EQ(problem_of(x), "fine");
  EXPECT_NE(problem_of(x, Metric::cosine).find("rows 18 and 191 are at distance 0"), std::string::npos);
  x(177, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(problem_of(x), "row 177 holds a value that is not finite");
  x(177, 2) = 1e30f;
  EXPECT_EQ(problem_of(x), "rows 0 and 177 are farther apart than float32 can say");
}

}  // namespace
}  // namespace replearn::sammon
