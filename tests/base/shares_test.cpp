#include "base/shares.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace replearn {
namespace {

TEST(Shares, AlikeIsTheFloorOfEach) {
  const Shares shares(3);
  EXPECT_TRUE(shares.are_equal());
  EXPECT_EQ(shares.begin(10, 0), 0);
  EXPECT_EQ(shares.begin(10, 1), 3);
  EXPECT_EQ(shares.begin(10, 2), 6);
  EXPECT_EQ(shares.begin(10, 3), 10);
  EXPECT_EQ(shares.max_count(10), 4);
  EXPECT_DOUBLE_EQ(shares.of(1), 1.0 / 3);
}

TEST(Shares, ByWeights) {
  const Shares shares(std::vector<double>{1, 1, 2});
  EXPECT_FALSE(shares.are_equal());
  EXPECT_EQ(shares.begin(100, 1), 25);
  EXPECT_EQ(shares.begin(100, 2), 50);
  EXPECT_EQ(shares.begin(100, 3), 100);
  EXPECT_DOUBLE_EQ(shares.of(2), 0.5);
  EXPECT_EQ(shares.max_count(100), 50);
}

TEST(Shares, EachItemHasOneOwnerWhateverTheWeights) {
  for (const auto& shares : {Shares(1), Shares(4), Shares(7), Shares(std::vector<double>{1, 0, 3, 0.01}),
                             Shares(std::vector<double>{0, 0, 5}), Shares(std::vector<double>{2, 1e-9, 1e-9, 7, 0})}) {
    for (const Index items : {1, 2, 3, 5, 64, 1000, 1000003}) {
      Index at = 0;
      for (int r = 0; r < shares.ranks(); ++r) {
        EXPECT_EQ(shares.begin(items, r), at);
        EXPECT_GE(shares.count(items, r), 0);
        EXPECT_LE(shares.count(items, r), shares.max_count(items));
        if (shares.count(items, r) > 0) {
          EXPECT_EQ(shares.owner(items, at), r);
          EXPECT_EQ(shares.owner(items, at + shares.count(items, r) - 1), r);
        }
        at += shares.count(items, r);
      }
      EXPECT_EQ(at, items);
    }
  }
}

TEST(Shares, Equality) {
  EXPECT_EQ(Shares(3), Shares(3));
  EXPECT_FALSE(Shares(3) == Shares(4));
  const Shares uneven(std::vector<double>{1, 2});
  EXPECT_EQ(uneven, Shares(std::vector<double>{2, 4}));
  EXPECT_FALSE(uneven == Shares(2));
}

TEST(Shares, BySpeed) {
  EXPECT_TRUE(shares_by_speed({100, 95, 98}).are_equal()) << "that may be chance";
  const auto half = shares_by_speed({10, 20, 20});
  EXPECT_DOUBLE_EQ(half.of(0), 0.2);
  EXPECT_DOUBLE_EQ(half.of(1), 0.4);
  const auto stands = shares_by_speed({0, 20});
  EXPECT_DOUBLE_EQ(stands.of(0), 1.0 / 21);
  EXPECT_TRUE(shares_by_speed({0, 0}).are_equal());
  EXPECT_TRUE(shares_by_speed({7}).are_equal());
}

}  // namespace
}  // namespace replearn
