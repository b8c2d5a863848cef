#include "methods/preprocess/loess.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "methods/preprocess/reference_table.hpp"
#include "support/test_comm.hpp"

namespace replearn::preprocess {
namespace {

// Local quadratics reproduce a quadratic, and so does the cubic between vertices.
TEST(Loess, ReproducesAQuadratic) {
  std::vector<double> x, y;
  for (int i = 0; i < 500; ++i) {
    x.push_back(std::sqrt(i * 37 % 500));
    y.push_back(3 - 2 * x.back() + 0.25 * x.back() * x.back());
  }
  for (const double span : {0.05, 0.3, 1.0}) {
    const auto fit = loess(x, y, span);
    EXPECT_EQ(fit.singular, 0);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(fit.fitted[i], y[i], 1e-10);
  }
}

TEST(Loess, IsThatOfClevelandAndGrosse) {
  const test::ReferenceTable reference("highly_variable/reference_loess.txt");
  for (const std::string name : {"few", "some", "ties", "many_ties", "all"}) {
    SCOPED_TRACE(name);
    const auto x = reference.numbers("x_" + name), y = reference.numbers("y_" + name);
    const auto fitted = reference.numbers("fitted_" + name);
    const auto fit = loess(x, y, reference.numbers("span_" + name).front());
    EXPECT_EQ(fit.singular, 0);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(fit.fitted[i], fitted[i], 2e-9) << i;
  }
}

// Three points at two places determine a line at most; the smallest quadratic through the means is used.
TEST(Loess, ReportsFitsThatThePointsDoNotDetermine) {
  std::vector<double> x, y;
  for (int i = 0; i < 40; ++i) {
    x.push_back(i % 2);
    y.push_back(5 + i % 2);
  }
  const auto fit = loess(x, y, 1.0);
  EXPECT_GT(fit.singular, 0);
  EXPECT_GT(fit.vertices, 1);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(fit.fitted[i], y[i], 1e-9);
}

TEST(Loess, RefusesFewPointsAndEqualOnes) {
  const auto fault_of = [](const std::vector<double>& x, double span) {
    try {
      loess(x, std::vector<double>(x.size(), 1.0), span);
    } catch (const LoessFault fault) {
      return std::optional(fault);
    }
    return std::optional<LoessFault>();
  };
  EXPECT_EQ(fault_of({}, 1), LoessFault::few_points);
  EXPECT_EQ(fault_of({1, 2, 3, 4, 5}, 0.7), LoessFault::few_points);
  EXPECT_EQ(fault_of({1, 2, 3, 4, 5}, 0.8), std::nullopt);
  std::vector<double> x(50, 1.0);
  for (int i = 0; i < 50; ++i) x.push_back(2 + i);
  EXPECT_EQ(fault_of(x, 0.3), LoessFault::equal_points);
}

}  // namespace
}  // namespace replearn::preprocess
