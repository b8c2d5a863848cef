#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "sets.hpp"
#include "support/random_rows.hpp"
#include "support/reference/dense_sammon.hpp"

// Sets in the manner of the paper's section on artificial data, by formula (benchmarks/sammon/paper_sets.py makes the
// same and draws their maps).
namespace replearn::sammon {
namespace {

/// 9 points evenly along a line in 9 dimensions.
RowMatrix line() {
  RowMatrix x(9, 9);
  for (Index i = 0; i < 9; ++i) x.row(i).setConstant(static_cast<float>(i));
  return x;
}

/// 9 points evenly around a circle in the plane.
RowMatrix circle() {
  RowMatrix x(9, 2);
  for (Index i = 0; i < 9; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / 9;
    x.row(i) << static_cast<float>(50 * std::cos(angle)), static_cast<float>(50 * std::sin(angle));
  }
  return x;
}

/// 30 points along a helix: cos z, sin z, z with z = t / sqrt(2).
RowMatrix helix() {
  RowMatrix x(30, 3);
  for (Index t = 0; t < 30; ++t) {
    const double z = static_cast<double>(t) / std::numbers::sqrt2;
    x.row(t) << static_cast<float>(std::cos(z)), static_cast<float>(std::sin(z)), static_cast<float>(z);
  }
  return x;
}

/// 29 points along a curve in 5 dimensions.
RowMatrix curve() {
  RowMatrix x(29, 5);
  for (Index t = 0; t < 29; ++t) {
    const double z = static_cast<double>(t) / std::numbers::sqrt2;
    x.row(t) << static_cast<float>(std::cos(z)), static_cast<float>(std::sin(z)),
        static_cast<float>(0.5 * std::cos(2 * z)), static_cast<float>(0.5 * std::sin(2 * z)), static_cast<float>(z);
  }
  return x;
}

/// 15 points around each of the 5 corners of a regular simplex, in the 5 dimensions whose unit points those are.
RowMatrix simplex() {
  RowMatrix x(75, 5);
  for (Index i = 0; i < 75; ++i) {
    for (Index k = 0; k < 5; ++k) {
      const double beside = 0.15 * std::sin(static_cast<double>(1 + i * (k + 1) * (k + 2)));
      x(i, k) = static_cast<float>((i / 15 == k ? 1 : 0) + beside);
    }
  }
  return x;
}

Outcome map_of(const RowMatrix& x, const RowMatrix& start) {
  Options options;
  options.relaxations = 3;
  return run_whole(State(test::comm(), my_rows_of(x, test::comm()), my_rows_of(start, test::comm()), options), options);
}

TEST(SammonArtificial, LineAndCircleAreMappedAsTheyAre) {
  for (const auto& [x, start] : {std::pair(line(), test::random_rows(9, 2, 81)),
                                 std::pair(circle(), RowMatrix(50 * test::random_rows(9, 2, 82)))}) {
    const Outcome found = map_of(x, start);
    EXPECT_LT(found.results.stress, 1e-9);
    const test::Dense given = test::distances(x.cast<double>()), near = test::distances(found.map.cast<double>());
    EXPECT_LT((given - near).cwiseAbs().maxCoeff(), 1e-3 * given.maxCoeff());
  }
}

TEST(SammonArtificial, HelixAndCurveAreLaidOutInTheirOrder) {
  for (const RowMatrix& x : {helix(), curve()}) {
    RowMatrix start(x.rows(), 2);
    start << x.col(x.cols() - 1), x.col(0);
    const Outcome found = map_of(x, start);
    // Neighbors along the curve are nearer than all but their nearest others: nothing folds over.
    const test::Dense near = test::distances(found.map.cast<double>());
    for (Index i = 0; i + 1 < x.rows(); ++i) {
      for (Index j = 0; j < x.rows(); ++j) {
        if (std::abs(i - j) > 3) {
          EXPECT_GT(near(i, j), near(i, i + 1)) << i << " " << j;
        }
      }
    }
  }
}

TEST(SammonArtificial, StressIsNearTheBestOfManyStartsOfAnotherMinimiser) {
  // From one start; SciPy's L-BFGS-B from 200 random ones each (tests/data/sammon/make_reference_sets.py).
  EXPECT_LE(map_of(helix(), helix().rightCols(2)).results.stress, 1.01 * 0.00102789);
  EXPECT_LE(map_of(curve(), curve().rightCols(2)).results.stress, 1.05 * 0.00189800);
  EXPECT_LE(map_of(simplex(), simplex().leftCols(2)).results.stress, 1.01 * 0.0574062);
}

TEST(SammonArtificial, CornersOfTheSimplexStayApart) {
  const Outcome found = map_of(simplex(), simplex().leftCols(2));
  const test::Dense near = test::distances(found.map.cast<double>());
  Index remote_rows = 0;  // pairs of one corner that are farther apart than either is from some point of another
  for (Index i = 0; i < 75; ++i) {
    double own = 0, other = 1e9;
    for (Index j = 0; j < 75; ++j) {
      if (j / 15 == i / 15)
        own = std::max(own, near(i, j));
      else
        other = std::min(other, near(i, j));
    }
    remote_rows += own > other;
  }
  EXPECT_LE(remote_rows, 75 / 5);
}

}  // namespace
}  // namespace replearn::sammon
