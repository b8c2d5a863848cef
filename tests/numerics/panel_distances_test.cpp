#include "numerics/panel_distances.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "numerics/blocked_distances.hpp"
#include "support/random_rows.hpp"
#include "support/reference/exact_distance.hpp"

namespace replearn {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr Metric metrics[] = {Metric::euclidean,        Metric::sqeuclidean,
                              Metric::manhattan,        Metric::chebyshev,
                              Metric::hamming,          {Metric::minkowski, 0},
                              {Metric::minkowski, 0.5}, {Metric::minkowski, 1},
                              {Metric::minkowski, 1.5}, {Metric::minkowski, 2},
                              {Metric::minkowski, 3},   {Metric::minkowski, 6},
                              {Metric::minkowski, 0.3}, {Metric::minkowski, 4.7},
                              {Metric::minkowski, 40},  {Metric::minkowski, std::numeric_limits<double>::infinity()}};

/// With each instruction set that this build holds and this processor has.
template <class Check>
void on_each_target(Check check) {
  const auto supported = hwy::SupportedTargets();
  for (auto left = supported; left != 0; left &= left - 1) {
    hwy::SetSupportedTargetsForTest(left & -left);
    SCOPED_TRACE(hwy::TargetName(left & -left));
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
}

RowMatrix all_distances(Metric metric, const RowMatrix& x) {
  const PanelRows rows(x.data(), x.rows(), x.cols());
  RowMatrix out(x.rows(), x.rows());
  for (Index p = 0; p < rows.panels(); ++p) {
    for (Index q = 0; q < rows.panels(); ++q) {
      panel_distances(metric, rows, p, rows, q, out.data() + PanelRows::panel * (p * x.rows() + q), x.rows());
    }
  }
  return out;
}

/// Entries that are equal in several rows; equal rows.
RowMatrix with_ties(Index rows, Index columns) {
  RowMatrix x = test::random_rows(rows, columns, 41);
  x.leftCols(columns / 2) = x.leftCols(columns / 2).array().round();
  if (rows > 11) x.row(11) = x.row(3);
  return x;
}

TEST(PanelDistances, AreTheDefinitionsSymmetricToTheBitAndZeroForEqualRows) {
  on_each_target([] {
    for (const Index d : {1, 31, 33, 200}) {
      const RowMatrix x = with_ties(53, d);
      for (const Metric metric : metrics) {
        SCOPED_TRACE(metric_text(metric));
        const RowMatrix found = all_distances(metric, x);
        EXPECT_EQ(found(3, 11), 0);
        for (Index i = 0; i < x.rows(); ++i) {
          EXPECT_EQ(found(i, i), 0);
          for (Index j = 0; j < i; ++j) {
            const double truth = test::exact_distance(metric, x, i, j);
            EXPECT_NEAR(static_cast<double>(found(i, j)), truth, 5e-6 * truth) << d << " columns";
            EXPECT_EQ(found(i, j), found(j, i));
          }
        }
      }
    }
  });
}

TEST(PanelDistances, DoNotDependOnThePlaceInAPanel) {
  const RowMatrix x = test::random_rows(60, 70, 42), later = x.bottomRows(23);
  for (const Metric metric : metrics) {
    const RowMatrix whole = all_distances(metric, x), part = all_distances(metric, later);
    EXPECT_TRUE((whole.bottomRightCorner(23, 23).array() == part.array()).all()) << metric_text(metric);
  }
}

TEST(PanelDistances, OfLargePowersDoNotOverflowAndTinyNumbersAreNotLost) {
  for (const float scale : {1e-30f, 1e30f}) {
    const RowMatrix x = scale * test::random_rows(9, 20, 43);
    for (const double p : {0.5, 3.0, 7.3, 60.0}) {
      const RowMatrix found = all_distances({Metric::minkowski, p}, x);
      const double truth =
          static_cast<double>(scale) * test::exact_distance({Metric::minkowski, p}, test::random_rows(9, 20, 43), 0, 1);
      EXPECT_NEAR(static_cast<double>(found(0, 1)), truth, 5e-6 * truth) << p;
    }
  }
  RowMatrix x(2, 2);
  x << 3e38f, 0, -3e38f, 0;
  for (const Metric metric :
       {Metric(Metric::manhattan), Metric(Metric::minkowski, 3), Metric(Metric::minkowski, 0.7)}) {
    EXPECT_EQ(all_distances(metric, x)(0, 1), infinity);
  }
}

/// All pairs that a search needs are told, with their distances, and no other.
void expect_sound(Metric metric, const RowMatrix& x, Index k) {
  const RowMatrix distances = all_distances(metric, x);
  PanelRows rows(x.data(), x.rows(), x.cols());
  std::vector<float> limits;
  for (Index i = 0; i < x.rows(); ++i) {
    std::vector<float> others(distances.row(i).begin(), distances.row(i).end());
    std::nth_element(others.begin(), others.begin() + k, others.end());
    limits.push_back(others[static_cast<std::size_t>(k)]);
    rows.set_radius(i, limits.back());
  }
  std::map<std::pair<Index, Index>, float> told;
  std::vector<MeasuredPair> pairs(static_cast<std::size_t>(PanelRows::panel * PanelRows::panel));
  for (Index p = 0; p < rows.panels(); ++p) {
    for (Index q = 0; q < rows.panels(); ++q) {
      const Index found = pairs_within(metric, rows, p, rows, q, pairs.data());
      for (Index f = 0; f < found; ++f) {
        const auto [a, b, distance] = pairs[static_cast<std::size_t>(f)];
        EXPECT_TRUE(told.emplace(std::pair<Index, Index>(a, b), distance).second) << "told twice";
      }
    }
  }
  std::size_t needed = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < x.rows(); ++j) {
      if (distances(i, j) > std::max(limits[static_cast<std::size_t>(i)], limits[static_cast<std::size_t>(j)]))
        continue;
      ++needed;
      const auto at = told.find({i, j});
      ASSERT_NE(at, told.end()) << metric_text(metric) << ": " << i << " " << j;
      EXPECT_EQ(at->second, distances(i, j));
    }
  }
  EXPECT_EQ(told.size(), needed);
}

TEST(PairsWithin, AreThoseThatASearchNeeds) {
  on_each_target([] {
    for (const Metric metric : metrics) {
      expect_sound(metric, with_ties(130, 40), 5);
      RowMatrix clusters = with_ties(150, 90);
      for (Index i = 0; i < 150; ++i) clusters.row(i).array() += static_cast<float>(2 * (i / 50));
      expect_sound(metric, clusters, 4);
    }
  });
}

TEST(PairsWithin, OfHugeTinyAndFarOffNumbers) {
  for (const Metric metric : metrics) {
    for (const float scale : {1e-38f, 1e-20f, 1e20f, 1e37f}) expect_sound(metric, scale * with_ties(60, 7), 3);
    expect_sound(metric, (with_ties(100, 7).array() + 1e6f).matrix(), 3);
  }
}

TEST(DirectDistances, OfMetricsWithoutAProductAreThoseOfPanels) {
  const RowMatrix x = with_ties(1100, 3);
  for (const Metric metric : {Metric(Metric::manhattan), Metric(Metric::minkowski, 0.5)}) {
    RowMatrix direct(60, x.rows());
    direct_distances(metric, x.data(), 60, x.data(), x.rows(), x.cols(), direct.data(), x.rows());
    EXPECT_TRUE((direct.array() == all_distances(metric, x).topRows(60).array()).all());
    EXPECT_EQ(prepared_distance(metric, x.data(), x.data() + 3 * 50, 3), direct(0, 50));
  }
}

TEST(Correlation, IsCosineOfCenteredRowsAndLevelRowsHaveNone) {
  RowMatrix x = test::random_rows(6, 20, 44);
  x.row(2).setConstant(0.1f);
  x.row(4).setConstant(-7e5f);
  x.row(5) = (3 * x.row(1)).array() + 100;
  RowMatrix found(6, 6);
  direct_distances(Metric::correlation, x.data(), 6, x.data(), 6, 20, found.data(), 6);
  EXPECT_NEAR(static_cast<double>(found(0, 3)), test::exact_distance(Metric::correlation, x, 0, 3), 1e-6);
  EXPECT_EQ(found(2, 4), 0);
  EXPECT_NEAR(static_cast<double>(found(2, 0)), 1, 1e-6);
  EXPECT_LT(found(1, 5), 1e-10f);
}

TEST(DirectionDistance, IsRightForNearRows) {
  RowMatrix x(2, 3);
  x << 1, 2, 3, 1, 2, 3.0001f;
  const double truth = test::exact_distance(Metric::cosine, x, 0, 1);
  EXPECT_NEAR(static_cast<double>(direction_distance(Metric::cosine, x.data(), x.data() + 3, 3)), truth, 1e-6 * truth);
}

}  // namespace
}  // namespace replearn
