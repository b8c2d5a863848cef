#include "methods/neighbors/nearest_lists.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/random.hpp"

namespace replearn::neighbors {
namespace {

TEST(Keys, OrderAsDistanceThenIndex) {
  const float distances[] = {0,     std::numeric_limits<float>::denorm_min(), 1e-20f, 0.5f, 1,
                             3e38f, std::numeric_limits<float>::infinity()};
  for (std::size_t d = 0; d + 1 < std::size(distances); ++d) {
    EXPECT_LT(key_of(distances[d], max_rows - 1), key_of(distances[d + 1], 0));
    EXPECT_LT(key_of(distances[d], 3), key_of(distances[d], 4));
    EXPECT_EQ(distance_of(key_of(distances[d], 7)), distances[d]);
    EXPECT_EQ(index_of(key_of(distances[d], max_rows - 1)), max_rows - 1);
  }
}

std::vector<Key> offers(Index count, std::uint32_t values) {
  std::vector<Key> keys;
  RandomStream random(5, Purpose::test, 0);
  for (Index i = 0; i < count; ++i) keys.push_back(key_of(static_cast<float>(random.below(values)), i));
  return keys;
}

TEST(NearestLists, KeepTheLeastWhateverTheOrderAndTheTies) {
  for (const Index k : {1, 2, 15, 16, 17, 300}) {
    for (const std::uint32_t values : {1u, 10u, 1000000u}) {
      auto keys = offers(2000, values);
      auto least = keys;
      std::sort(least.begin(), least.end());
      least.resize(static_cast<std::size_t>(k));
      for (int order = 0; order < 3; ++order) {
        NearestLists lists(k, 3);
        for (const Key key : keys) lists.offer(1, key);
        const auto sorted = lists.sorted(1);
        EXPECT_TRUE(std::equal(sorted.begin(), sorted.end(), least.begin(), least.end()));
        EXPECT_GE(lists.radius(1), distance_of(least.back()));
        EXPECT_TRUE(lists.best(0).empty());
        order == 0 ? std::sort(keys.begin(), keys.end()) : std::reverse(keys.begin(), keys.end());
      }
    }
  }
}

TEST(NearestLists, TellWhenALimitComesDown) {
  NearestLists lists(2, 1);
  EXPECT_EQ(lists.radius(0), std::numeric_limits<float>::infinity());
  EXPECT_FALSE(lists.offer(0, key_of(5, 1)));
  EXPECT_TRUE(lists.offer(0, key_of(7, 2)));
  EXPECT_EQ(lists.radius(0), 7);
  EXPECT_FALSE(lists.offer(0, key_of(8, 3)));
  EXPECT_EQ(lists.best(0).size(), 2u);
}

TEST(NearestLists, WithALimitFromElsewhereTakeWhatIsWithin) {
  NearestLists lists(2, 1);
  lists.set_radius(0, 3);
  lists.offer(0, key_of(4, 1));
  EXPECT_TRUE(lists.best(0).empty());
  lists.offer(0, key_of(3, max_rows - 1));  // as far as the k-th at home, which may have the larger index
  EXPECT_EQ(lists.best(0).size(), 1u);
  lists.offer(0, key_of(1, 4));
  EXPECT_EQ(lists.sorted(0)[0], key_of(1, 4));
}

TEST(NearestLists, WithFewerOffersThanKHaveThemAll) {
  NearestLists lists(10, 1);
  lists.offer(0, key_of(2, 1));
  lists.offer(0, key_of(1, 2));
  ASSERT_EQ(lists.sorted(0).size(), 2u);
  EXPECT_EQ(index_of(lists.sorted(0)[0]), 2);
  EXPECT_EQ(lists.radius(0), std::numeric_limits<float>::infinity());
}

}  // namespace
}  // namespace replearn::neighbors
