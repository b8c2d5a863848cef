#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <utility>

#include "mpi/collectives.hpp"
#include "mpi/ring.hpp"
#include "support/test_comm.hpp"

namespace replearn::mpi {
namespace {

using test::comm;

std::vector<int> array_of(int rank) {
  std::vector<int> array(static_cast<std::size_t>(3 * rank % 5));
  std::iota(array.begin(), array.end(), 100 * rank);
  return array;
}

TEST(HalfRing, LetsEveryPairOfRanksMeetOnceAndThoseHalfWayTwice) {
  const auto mine = array_of(comm().rank());
  const int ranks = comm().size();
  std::vector<int> met;
  Ring<int> ring(comm(), std::span<const int>(mine), ranks / 2 + 1);
  do {
    const auto expected = array_of(ring.owner());
    EXPECT_TRUE(std::equal(ring.block().begin(), ring.block().end(), expected.begin(), expected.end()));
    EXPECT_EQ(ring.owner(), (comm().rank() - static_cast<int>(met.size()) + ranks) % ranks);
    met.push_back(ring.owner());
    ring.poll();
  } while (ring.advance());
  EXPECT_EQ(static_cast<int>(met.size()), ranks / 2 + 1);

  const auto all = all_gather_v(comm(), met);
  std::multiset<std::pair<int, int>> pairs;
  for (std::size_t i = 0; i < all.size(); ++i) {
    pairs.emplace(std::minmax(static_cast<int>(i) / (ranks / 2 + 1), all[i]));
  }
  for (int a = 0; a < ranks; ++a) {
    for (int b = a; b < ranks; ++b) EXPECT_EQ(pairs.count({a, b}), a != b && 2 * (b - a) == ranks ? 2u : 1u);
  }
}

TEST(Shift, BringsWhatThatRankSentWhateverItsLength) {
  for (const Index limit : {Index{1} << 30, Index{3}}) {  // bytes a message
    comm().set_message_limit(limit);
    for (int distance = -comm().size(); distance <= comm().size(); ++distance) {
      const auto got = shift(comm(), array_of(comm().rank()), distance);
      const int from = ((comm().rank() - distance) % comm().size() + comm().size()) % comm().size();
      EXPECT_EQ(got, array_of(from)) << distance;
    }
  }
  comm().set_message_limit(Index{1} << 30);
}

}  // namespace
}  // namespace replearn::mpi
