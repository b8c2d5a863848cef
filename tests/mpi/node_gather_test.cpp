#include "mpi/node_gather.hpp"

#include <gtest/gtest.h>

#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"

namespace replearn::mpi {
namespace {

using test::comm;

/// Rank r brings r + 3 numbers, none if r is 1.
std::vector<Index> counts() {
  std::vector<Index> all;
  for (int r = 0; r < comm().size(); ++r) all.push_back(r == 1 ? 0 : r + 3);
  return all;
}

/// Groups of ranks in place of nodes: all, each alone, neighbors, every other.
class Groups : public testing::TestWithParam<int> {
 protected:
  int group() const {
    switch (GetParam()) {
      case 0:
        return 0;
      case 1:
        return comm().rank();
      case 2:
        return comm().rank() / 2;
      default:
        return comm().rank() % 2;
    }
  }
};

TEST_P(Groups, EachHasAllOfAllRanks) {
  NodeGather<Index> gather(comm(), comm().split(group()));
  const auto count = counts();
  const auto total = [&] {
    Index sum = 0;
    for (const Index c : count) sum += c;
    return sum;
  }();
  gather.resize(total);
  for (Index round = 0; round < 3; ++round) {
    std::vector<Index> mine;
    for (Index i = 0; i < count[static_cast<std::size_t>(comm().rank())]; ++i) {
      mine.push_back(1000 * comm().rank() + 10 * i + round);
    }
    gather.gather(mine, count);
    const auto expected = all_gather_v(comm(), mine);
    EXPECT_EQ(std::vector<Index>(gather.values().begin(), gather.values().end()), expected) << "round " << round;
  }
  gather.resize(2);  // smaller: the same window
  EXPECT_EQ(gather.values().size(), 2u);
}

// Leaders alone send between groups: their own group's part, to each of the others.
TEST_P(Groups, WhatPassesBetweenThem) {
  const auto node = comm().split(group());
  NodeGather<float> gather(comm(), comm().split(group()));
  const Index each = 100;
  const std::vector<Index> count(static_cast<std::size_t>(comm().size()), each);
  gather.resize(each * comm().size());
  const std::vector<float> mine(static_cast<std::size_t>(each), 1.0f);
  const double before = comm().traffic().bytes_sent;
  gather.gather(mine, count);
  const double sent = comm().traffic().bytes_sent - before;
  const Index groups = all_reduce(comm(), Index{node.is_root()}, Reduction::sum);
  const double written = node.size() > 1 ? 4.0 * static_cast<double>(each) : 0;
  const double between = 4.0 * static_cast<double>(each * node.size() * (groups - 1));
  EXPECT_NEAR(sent, written + (node.is_root() ? between : 0), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(NodeGather, Groups, testing::Values(0, 1, 2, 3));

}  // namespace
}  // namespace replearn::mpi
