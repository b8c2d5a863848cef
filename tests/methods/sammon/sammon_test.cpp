#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "methods/sammon/run.hpp"
#include "mpi/collectives.hpp"
#include "sets.hpp"
#include "support/random_rows.hpp"
#include "support/read_binary.hpp"
#include "support/reference/dense_sammon.hpp"
#include "support/test_comm.hpp"

namespace replearn::sammon {
namespace {

TEST(Sammon, FindsAnExactMapOfWhatLiesInAPlane) {
  // Points of a plane, turned into seven dimensions; of a line; the corners of a triangle.
  const RowMatrix flat = test::random_rows(200, 2, 21);
  const RowMatrix turn = Eigen::HouseholderQR<Eigen::MatrixXf>(test::random_rows(7, 7, 22)).householderQ() *
                         Eigen::MatrixXf::Identity(7, 2);
  const RowMatrix start = flat + 0.3f * test::random_rows(200, 2, 23);
  const Outcome plane = run(test::comm(), flat * turn.transpose(), start);
  EXPECT_LT(plane.results.stress, 1e-9);
  EXPECT_LT((test::distances(plane.map.cast<double>()) - test::distances(flat.cast<double>())).cwiseAbs().maxCoeff(),
            1e-3);

  RowMatrix line(100, 3), along(100, 1);
  for (Index i = 0; i < 100; ++i) along(i, 0) = static_cast<float>(i) + 0.3f * static_cast<float>(i % 3);
  line = along * Eigen::RowVector3f(1, 2, -1);
  EXPECT_LT(run(test::comm(), line, along + 0.1f * test::random_rows(100, 1, 24)).results.stress, 1e-9);

  const RowMatrix triangle = RowMatrix::Identity(3, 3);
  EXPECT_LT(run(test::comm(), triangle, test::random_rows(3, 2, 25)).results.stress, 1e-9);
}

/// E is the same at any scale that float32 holds; so is the map, at its own.
TEST(Sammon, MindsNoScale) {
  const RowMatrix x = test::random_rows(60, 5, 31), start = test::random_rows(60, 2, 32);
  for (const Metric metric : {Metric(Metric::euclidean), Metric(Metric::manhattan), Metric(Metric::cosine)}) {
    Options options;
    options.metric = metric;
    const auto plain = run(test::comm(), x, start, options);
    for (const int exponent : {-100, -60, 60, 100}) {
      const float scale = std::ldexp(1.0f, exponent), of_map = metric == Metric(Metric::cosine) ? 1 : scale;
      const auto scaled = run(test::comm(), x * scale, start * of_map, options);
      EXPECT_NEAR(scaled.results.stress, plain.results.stress, 1e-4 * plain.results.stress) << exponent;
      EXPECT_LT((scaled.map / of_map - plain.map).norm(), 0.05f * plain.map.norm()) << exponent;
    }
  }
}

TEST(Sammon, OfARegularSimplexIsItsKnownPicture) {
  // Four points, all at distance 1: a square. With side s, E = (4 (1 - s)^2 + 2 (1 - s sqrt(2))^2) / 6, which is least
  // at s = (2 + sqrt(2)) / 4. (A triangle with its middle comes to 0.067 instead of 0.029.)
  const RowMatrix x = RowMatrix::Identity(4, 4) / std::sqrt(2.0f);
  const double s = (2 + std::sqrt(2.0)) / 4;
  const double expected = (4 * std::pow(1 - s, 2) + 2 * std::pow(1 - s * std::sqrt(2.0), 2)) / 6;
  EXPECT_NEAR(run(test::comm(), x, test::random_rows(4, 2, 26)).results.stress, expected, 1e-6);
}

TEST(Sammon, IsEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  Options options, without_memory;
  options.iterations = without_memory.iterations = 120;  // into the relaxation
  without_memory.storage.memory = 1;
  for (const Index q : {2, 3}) {
    const RowMatrix x = cells().topRows(300), start = x.leftCols(q);
    const Outcome single = run(alone, x, start, options);
    for (const auto& these : {options, without_memory}) {
      const Outcome together = run(test::comm(), x, start, these);
      EXPECT_EQ(together.map, single.map);
      EXPECT_EQ(together.results.history, single.results.history);
    }
  }
  const RowMatrix start = test::read_matrix("sammon/iris_start.f32", 2);
  EXPECT_EQ(run(test::comm(), iris(), start).map, run(alone, iris(), start).map);  // to the end
}

TEST(Sammon, StoppingOnTheWayChangesNothing) {
  const auto x = my_rows_of(iris(), test::comm());
  const auto start = my_rows_of(test::read_matrix("sammon/iris_start.f32", 2), test::comm());
  State at_once(test::comm(), x, start, {}), in_parts(test::comm(), x, start, {});
  at_once.run_until(90);
  for (const Index step : {0, 1, 17, 30, 31, 60, 90}) {
    in_parts.run_until(step);
    EXPECT_EQ(in_parts.step(), step);
    in_parts.points();
  }
  EXPECT_EQ(at_once.points().local, in_parts.points().local);
  EXPECT_EQ(at_once.cost(), in_parts.cost());
  EXPECT_FALSE(at_once.converged());
  at_once.run_until(100'000);
  EXPECT_TRUE(at_once.converged());
}

TEST(Sammon, MapIsCentered) {
  RowMatrix start = test::read_matrix("sammon/iris_start.f32", 2);
  start.col(1).array() += 50;
  const RowMatrix map = run(test::comm(), iris(), start).map;
  for (Index p = 0; p < 2; ++p) EXPECT_NEAR(map.col(p).cast<double>().mean(), 0, 1e-5);
}

TEST(Sammon, StartWithCoincidingPointsTearsThemApart) {
  RowMatrix start = test::read_matrix("sammon/iris_start.f32", 2);
  start.row(140) = start.row(3);
  start.row(141) = start.row(3);
  const Outcome outcome = run(test::comm(), iris(), start);
  EXPECT_TRUE(outcome.map.allFinite());
  EXPECT_LE(outcome.results.stress, 1.01 * 0.0039598);
}

std::string problem_with(const RowMatrix& x, const RowMatrix& start, const Options& options = {}) {
  try {
    run(test::comm(), x, start, options);
  } catch (const InputError& error) {
    return error.place() + ": " + error.problem();
  }
  return "fine";
}

TEST(Sammon, RefusesWhatIsNoStart) {
  const RowMatrix x = test::random_rows(60, 5, 27), start = test::random_rows(60, 2, 28);
  Options options;
  options.iterations = 2;
  EXPECT_EQ(problem_with(x, start, options), "fine");
  EXPECT_EQ(problem_with(x, start.topRows(59)), "the start: is 59 x 2 for 60 rows of data");
  EXPECT_EQ(problem_with(x, RowMatrix(60, 0)), "the start: is 60 x 0 for 60 rows of data");
  EXPECT_EQ(problem_with(x, RowMatrix::Constant(60, 2, 3.0f)), "the start: all of its points are identical");
  RowMatrix infinite = start;
  infinite(41, 1) = std::numeric_limits<float>::infinity();
  EXPECT_EQ(problem_with(x, infinite), "the start: row 41 is not finite");
  EXPECT_EQ(problem_with(x.topRows(2), start.topRows(2)), "the data: has fewer than 3 rows");
}

TEST(SammonOptions, NameWhatIsWrong) {
  auto place = [](auto change) {
    Options options;
    change(options);
    try {
      options.validate();
    } catch (const InputError& error) {
      return error.place();
    }
    return std::string("fine");
  };
  EXPECT_EQ(place([](Options&) {}), "fine");
  EXPECT_EQ(place([](Options& o) { o.iterations = -1; }), "--iterations");
  EXPECT_EQ(place([](Options& o) { o.magic_factor = 0; }), "--magic-factor");
  EXPECT_EQ(place([](Options& o) { o.magic_factor = 1.5; }), "--magic-factor");
  EXPECT_EQ(place([](Options& o) { o.tolerance = NAN; }), "--tolerance");
  EXPECT_EQ(place([](Options& o) { o.relaxations = -1; }), "--relaxations");
}

TEST(Sammon, ReportsProgress) {
  std::vector<Progress> seen;
  Options options;
  options.iterations = 12;
  sammon(test::comm(), my_rows_of(iris(), test::comm()),
         my_rows_of(test::read_matrix("sammon/iris_start.f32", 2), test::comm()), options,
         [&](const Progress& progress) { seen.push_back(progress); });
  ASSERT_EQ(seen.size(), 12u);
  EXPECT_EQ(seen[11].iteration, 12);
  EXPECT_EQ(seen[11].iterations, 12);
  EXPECT_LT(seen[11].loss, seen[0].loss);
}

}  // namespace
}  // namespace replearn::sammon
