#include <gtest/gtest.h>

#include <vector>

#include "methods/sammon/run.hpp"
#include "mpi/collectives.hpp"
#include "sets.hpp"
#include "support/read_binary.hpp"
#include "support/reference/dense_sammon.hpp"
#include "support/test_comm.hpp"

namespace replearn::sammon {
namespace {

void expect_never_rises(const std::vector<double>& history) {
  for (std::size_t k = 1; k < history.size(); ++k) EXPECT_LE(history[k], history[k - 1]) << "iteration " << k;
}

/// Our stress against the best of the other programs' from the same start (tests/data/sammon/make_reference.py).
void expect_no_higher(const RowMatrix& x, const RowMatrix& start, double their_start, double theirs) {
  const test::Dense given = test::distances(x.cast<double>());
  EXPECT_NEAR(test::dense_stress(given, start.cast<double>()), their_start, 1e-6 * their_start);
  const Outcome ours = run(test::comm(), x, start);
  EXPECT_LE(ours.results.stress, theirs);
  EXPECT_NEAR(ours.results.stress, test::dense_stress(given, ours.map.cast<double>()), 1e-5 * ours.results.stress);
  EXPECT_NEAR(ours.results.stress, ours.results.history.back(), 1e-6 * ours.results.stress);
  expect_never_rises(ours.results.history);
}

TEST(Sammon, OnIrisIsNoHigherThanTheBestOfOthers) {
  // MASS 0.0040150, SMACOF 0.0042085, L-BFGS 0.0039598
  expect_no_higher(iris(), test::read_matrix("sammon/iris_start.f32", 2), 0.006781328, 0.0039598);
}

TEST(Sammon, OnBloodCellsIsNoHigherThanTheBestOfOthers) {
  // MASS 0.2562752, SMACOF 0.0812191, L-BFGS 0.0792966
  expect_no_higher(cells(), cells().leftCols(2), 0.2977417, 0.0792966);
}

TEST(Sammon, OnDigitsIsAsLowAsTheBestOfOthers) {
  // MASS 0.2175588, SMACOF 0.1114436, L-BFGS 0.1101581: the same valley, left at the tolerance
  const RowMatrix digits = test::read_matrix("neighbors/digits.f32", 64);
  expect_no_higher(digits, test::read_matrix("sammon/digits_start.f32", 2), 0.2781479, 1.0001 * 0.1101581);
}

TEST(Sammon, ComesToRestBesideOthersAndDetoursFindALowerRest) {
  const RowMatrix iris_start = test::read_matrix("sammon/iris_start.f32", 2);
  Options direct;
  direct.relaxations = 0;
  const double iris_at_rest = run(test::comm(), iris(), iris_start, direct).results.stress;
  EXPECT_LE(iris_at_rest, 1.0001 * 0.0039598);
  EXPECT_LE(run(test::comm(), iris(), iris_start).results.stress, iris_at_rest);
  const double cells_at_rest = run(test::comm(), cells(), cells().leftCols(2), direct).results.stress;
  EXPECT_LE(cells_at_rest, 1.005 * 0.0792966);
  EXPECT_LT(run(test::comm(), cells(), cells().leftCols(2)).results.stress, cells_at_rest);
}

}  // namespace
}  // namespace replearn::sammon
