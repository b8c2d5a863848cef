#include "methods/neighbors/near_pairs_kernel.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <limits>
#include <set>
#include <utility>

#include "numerics/blocked_distances.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::neighbors {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

float measured(const RowMatrix& x, Index i, Index j) {
  return prepared_distance(Metric::sqeuclidean, x.data() + i * x.cols(), x.data() + j * x.cols(), x.cols());
}

/// Each row looks as far as its k-th nearest other.
std::vector<float> limits_of(const RowMatrix& x, Index k) {
  std::vector<float> limits;
  for (Index i = 0; i < x.rows(); ++i) {
    std::vector<float> others;
    for (Index j = 0; j < x.rows(); ++j) {
      if (j != i) others.push_back(measured(x, i, j));
    }
    std::nth_element(others.begin(), others.begin() + (k - 1), others.end());
    limits.push_back(others[static_cast<std::size_t>(k - 1)]);
  }
  return limits;
}

PackedRows packed(const SearchFrame& frame, const RowMatrix& x, const std::vector<float>& limits, Index tile_panels) {
  PackedRows rows(frame, x.data(), x.rows(), x.cols(), tile_panels);
  for (Index i = 0; i < x.rows(); ++i) rows.set_floor(i, frame.floor_of(limits[static_cast<std::size_t>(i)]));
  return rows;
}

std::set<std::pair<Index, Index>> told(const PackedRows& a, const PackedRows& b) {
  std::set<std::pair<Index, Index>> all;
  std::vector<RowPair> pairs(static_cast<std::size_t>(a.panels() * PackedRows::panel * PackedRows::panel));
  for (Index panel = 0; panel < b.panels(); ++panel) {
    const Index found = near_pairs(a, 0, a.panels(), b, panel, pairs.data());
    for (Index f = 0; f < found; ++f) {
      const auto [i, j] = pairs[static_cast<std::size_t>(f)];
      EXPECT_TRUE(all.emplace(i, j).second) << "told twice: " << i << " " << j;
    }
  }
  return all;
}

/// All that a search needs is told, and nothing that is not there. Returns how many pairs are told without need.
Index expect_sound(const RowMatrix& x, Index k) {
  const auto limits = limits_of(x, k);
  const SearchFrame frame = search_frame(test::comm(), x);
  const PackedRows rows = packed(frame, x, limits, 2);
  const auto pairs = told(rows, rows);
  Index needed = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < x.rows(); ++j) {
      if (measured(x, i, j) > std::max(limits[static_cast<std::size_t>(i)], limits[static_cast<std::size_t>(j)])) {
        continue;
      }
      EXPECT_TRUE(pairs.contains({i, j})) << i << " " << j;
      ++needed;
    }
  }
  for (const auto& [i, j] : pairs) EXPECT_TRUE(i < x.rows() && j < x.rows());
  return static_cast<Index>(pairs.size()) - needed;
}

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

TEST(NearPairs, AreAllThatMayMatterAndFewOthers) {
  on_each_target([] {
    for (const Index d : {1, 2, 3, 17, 50, 300}) EXPECT_LE(expect_sound(test::random_rows(130, d, 4), 5), 8) << d;
  });
}

TEST(NearPairs, StayTightFarFromTheOrigin) {
  RowMatrix x = test::random_rows(130, 50, 5);
  x.array() += 1e6f;  // leaves 4 bits of the fraction
  EXPECT_LE(expect_sound(x, 5), 8);
}

TEST(NearPairs, AreToldWhereTheProductIsBlind) {
  RowMatrix x = test::random_rows(130, 50, 5);
  for (Index i = 0; i < x.rows(); ++i) x.row(i).array() += i % 2 == 0 ? 1e5f : -1e5f;
  expect_sound(x, 5);
}

TEST(NearPairs, OfTinyAndHugeNumbers) {
  for (const float scale : {1e-38f, 1e-30f, 1e-21f, 1e-19f, 1e15f}) {
    SCOPED_TRACE(scale);
    expect_sound(scale * test::random_rows(100, 50, 6), 5);
  }
  expect_sound(1e20f * test::random_rows(60, 50, 6), 5);  // squares overflow: all are as far as can be, all are told
}

TEST(NearPairs, OfEqualRowsAreToldForTies) {
  RowMatrix x = RowMatrix::Constant(120, 7, 0.3f);
  EXPECT_EQ(expect_sound(x, 5), 0);
  x = test::random_rows(120, 7, 6);
  for (Index i = 0; i < 60; ++i) x.row(i) = x.row(0);
  expect_sound(x, 5);
}

TEST(NearPairs, AreAllWithoutLimits) {
  const RowMatrix x = test::random_rows(100, 9, 7);
  const PackedRows rows(search_frame(test::comm(), x), x.data(), 100, 9, 2);
  EXPECT_EQ(told(rows, rows).size(), 100u * 100u);
}

TEST(NearPairs, LookAsFarAsEitherRow) {
  RowMatrix x(3, 1);
  x << 0, 1, 3;
  const SearchFrame frame = search_frame(test::comm(), x);
  const PackedRows a = packed(frame, x, {0, 0, 4}, 1), b = packed(frame, x, {0, 1, 0}, 1);
  const std::set<std::pair<Index, Index>> expected = {{0, 0}, {0, 1}, {1, 1}, {2, 1}, {2, 2}};
  EXPECT_EQ(told(a, b), expected);
}

/// Two heaps of unit spread, `distance` apart.
RowMatrix heaps(Index rows, Index d, float distance) {
  RowMatrix x = test::random_rows(rows, d, 8);
  for (Index i = 0; i < rows / 2; ++i) x(i, 0) += distance;
  return x;
}

TEST(TilesApart, OnlyIfNoPairIsWithinALimit) {
  on_each_target([] {
    Index apart = 0, together = 0;
    for (const Index d : {1, 2, 10, 50}) {
      for (float distance = 0; distance < 60; distance += 1.5f) {
        const RowMatrix x = heaps(192, d, distance);  // tiles of 96: one a heap
        const auto limits = limits_of(x, 5);
        const PackedRows rows = packed(search_frame(test::comm(), x), x, limits, 2);
        bool within = false;
        for (Index i = 0; i < 96; ++i) {
          for (Index j = 96; j < 192; ++j) {
            within |=
                measured(x, i, j) <= std::max(limits[static_cast<std::size_t>(i)], limits[static_cast<std::size_t>(j)]);
          }
        }
        const bool said = tiles_apart(rows, 0, rows, 1);
        EXPECT_FALSE(said && within) << d << " columns, " << distance;
        ++(said ? apart : together);
        EXPECT_FALSE(tiles_apart(rows, 0, rows, 0));
      }
    }
    EXPECT_GT(apart, 80);
    EXPECT_GT(together, 20);
  });
}

TEST(TilesApart, BySlabsWhereBallsOverlap) {
  // In 50 dimensions a ball round 96 rows has a radius of about 9, rows look about 8 far: balls need 26 between them.
  const RowMatrix x = heaps(192, 50, 18);
  const PackedRows rows = packed(search_frame(test::comm(), x), x, limits_of(x, 5), 2);
  EXPECT_GT(rows.tile_group(0).radius, 3.0f * 18 / 9 * std::ldexp(1.0f, search_frame(test::comm(), x).exponent));
  EXPECT_TRUE(tiles_apart(rows, 0, rows, 1));
}

TEST(TilesApart, NeverWithoutLimits) {
  const RowMatrix x = heaps(192, 3, 1e6f);
  const PackedRows rows(search_frame(test::comm(), x), x.data(), 192, 3, 2);
  EXPECT_FALSE(tiles_apart(rows, 0, rows, 1));
}

TEST(SearchFrame, FloorsFallWithTheLimitAndNeverPassIt) {
  const SearchFrame frame = search_frame(test::comm(), test::random_rows(20, 5, 9));
  EXPECT_LT(frame.floor_of(0), 0);
  EXPECT_LT(frame.floor_of(2), frame.floor_of(1));
  EXPECT_EQ(frame.floor_of(infinity), std::numeric_limits<float>::lowest());
}

}  // namespace
}  // namespace replearn::neighbors
