#include "mpi/node_shared_array.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "mpi/collectives.hpp"
#include "mpi/node_copy.hpp"
#include "support/test_comm.hpp"

namespace replearn::mpi {
namespace {

// The array keeps a reference to its communicator: a temporary would be gone.
static_assert(!std::is_constructible_v<NodeSharedArray<float>, Communicator, Index>);

TEST(NodeSharedArray, WhatOneRankWritesAllRead) {
  const auto node = test::comm().node();
  const NodeSharedArray<Index> shared(node, 1000);
  const auto values = shared.values();
  EXPECT_EQ(values.size(), 1000u);
  for (int writer = 0; writer < node.size(); ++writer) {
    if (node.rank() == writer) std::fill(values.begin(), values.end(), 100 + writer);
    shared.synchronize();
    EXPECT_EQ(std::count(values.begin(), values.end(), 100 + writer), 1000);
    shared.synchronize();  // nobody writes before all have read
  }
}

TEST(NodeSharedArray, EachRankWritesItsPart) {
  const auto node = test::comm().node();
  const Index part = 300;
  const NodeSharedArray<double> shared(node, part * node.size());
  const auto mine =
      shared.values().subspan(static_cast<std::size_t>(part * node.rank()), static_cast<std::size_t>(part));
  std::fill(mine.begin(), mine.end(), 0.5 + node.rank());
  shared.synchronize();
  for (Index i = 0; i < part * node.size(); ++i) {
    EXPECT_EQ(shared.values()[static_cast<std::size_t>(i)], 0.5 + static_cast<double>(i / part));
  }
}

TEST(NodeSharedArray, TwoAtATimeAndOneOfLengthZero) {
  const auto node = test::comm().node();
  const NodeSharedArray<float> a(node, 10), b(node, 10);
  const NodeSharedArray<float> empty(node, 0);
  EXPECT_TRUE(empty.values().empty());
  if (node.is_root()) {
    std::fill(a.values().begin(), a.values().end(), 1.0f);
    std::fill(b.values().begin(), b.values().end(), 2.0f);
  }
  a.synchronize();
  b.synchronize();
  EXPECT_EQ(a.values()[9], 1.0f);
  EXPECT_EQ(b.values()[0], 2.0f);
}

TEST(NodeCopy, IsWhatTheFirstRankHasAndOnceInMemory) {
  const auto node = test::comm().node();
  std::vector<Index> values(1000, -1);
  if (node.is_root()) std::iota(values.begin(), values.end(), Index{5});
  const NodeCopy<Index> copy(node, values);
  const auto other = copy;
  ASSERT_EQ(other.size(), 1000u);
  EXPECT_EQ(other[0], 5);
  EXPECT_EQ(other[999], 1004);
  barrier(node);
  // What one rank does to it in spite of const, all ranks see.
  if (node.rank() == node.size() - 1) const_cast<Index&>(copy[7]) = 42;
  barrier(node);
  EXPECT_EQ(other[7], 42);
  EXPECT_EQ(NodeCopy<Index>(node, {}).size(), 0u);
}

}  // namespace
}  // namespace replearn::mpi
