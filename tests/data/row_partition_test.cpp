#include "data/row_partition.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <numeric>

namespace replearn {
namespace {

// The example drawn in the header.
TEST(RowPartition, TheWorkedExample) {
  const RowPartition rows(150, 4);
  EXPECT_EQ(rows.block_size(), 16);
  EXPECT_EQ(rows.blocks(), 10);
  EXPECT_EQ(rows.block_begin(9), 144);
  EXPECT_EQ(rows.block_end(9), 150);
  EXPECT_EQ(rows.block_end(0), 16);
  const std::vector<Index> first_block = {0, 2, 5, 7}, begin = {0, 32, 80, 112}, end = {32, 80, 112, 150};
  for (int r = 0; r < 4; ++r) {
    const auto i = static_cast<std::size_t>(r);
    EXPECT_EQ(rows.first_block(r), first_block[i]);
    EXPECT_EQ(rows.begin(r), begin[i]);
    EXPECT_EQ(rows.end(r), end[i]);
  }
  EXPECT_EQ(rows.counts(), (std::vector<Index>{32, 48, 32, 38}));
  EXPECT_EQ(rows.counts(3), (std::vector<Index>{96, 144, 96, 114}));
}

TEST(RowPartition, CoversEveryRowOnceInWholeBlocksAndEvenly) {
  for (const Index n : {0, 1, 15, 16, 17, 63, 64, 65, 150, 1000, 1024, 1025, 2048, 32768, 32769, 100000}) {
    for (const int ranks : {1, 2, 3, 4, 7, 64, 100}) {
      const RowPartition rows(n, ranks);
      Index at = 0;
      for (int r = 0; r < ranks; ++r) {
        EXPECT_EQ(rows.begin(r), at) << n << " rows, rank " << r << " of " << ranks;
        EXPECT_GE(rows.count(r), 0);
        EXPECT_TRUE(rows.begin(r) % rows.block_size() == 0 || rows.count(r) == 0);
        EXPECT_EQ(rows.end_block(r), r + 1 < ranks ? rows.first_block(r + 1) : rows.blocks());
        const Index blocks = rows.end_block(r) - rows.first_block(r);
        EXPECT_LE(std::abs(blocks * ranks - rows.blocks()), ranks - 1) << "blocks differ by more than one";
        at = rows.end(r);
      }
      EXPECT_EQ(at, n);
      const auto counts = rows.counts();
      EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), Index{0}), n);
    }
  }
}

TEST(RowPartition, OwnerIsTheInverse) {
  for (const Index n : {1, 16, 17, 150, 1000, 1025, 5000}) {
    for (const int ranks : {1, 2, 3, 4, 7, 64, 100, 1000}) {
      const RowPartition rows(n, ranks);
      for (int r = 0; r < ranks; ++r) {
        for (Index row = rows.begin(r); row < rows.end(r); ++row) EXPECT_EQ(rows.owner(row), r);
      }
    }
  }
}

TEST(RowPartition, BlocksFollowFromTheNumberOfRowsAlone) {
  for (const Index n : {0, 1, 1000, 12345, 1000000}) {
    const RowPartition one(n, 1), many(n, 13);
    EXPECT_EQ(one.block_size(), many.block_size());
    EXPECT_EQ(one.blocks(), many.blocks());
  }
}

TEST(RowPartition, BlockSizeIsAPowerOfTwoNearASixtyFourth) {
  for (Index n = 1; n < 60000; n += 7) {
    const Index size = RowPartition(n, 1).block_size();
    EXPECT_TRUE(std::has_single_bit(static_cast<std::uint64_t>(size)));
    EXPECT_GE(size, 16);
    EXPECT_LE(size, 512);
    if (size > 16 && size < 512) {
      EXPECT_GE(64 * size, n);
      EXPECT_LT(64 * size, 2 * n + 128);
    }
  }
  EXPECT_EQ(RowPartition(1024, 1).block_size(), 16);
  EXPECT_EQ(RowPartition(1025, 1).block_size(), 32);
  EXPECT_EQ(RowPartition(1000000, 1).block_size(), 512);
}

TEST(RowPartition, BeyondThirtyTwoBits) {
  const Index n = (Index{1} << 40) + 5;
  const RowPartition rows(n, 1000);
  EXPECT_EQ(rows.end(999), n);
  EXPECT_EQ(rows.owner(n - 1), 999);
  EXPECT_EQ(rows.owner(rows.begin(500)), 500);
  EXPECT_EQ(rows.owner(rows.begin(500) - 1), 499);
}

TEST(RowPartition, IsAValue) {
  EXPECT_EQ(RowPartition(), RowPartition(0, 1));
  EXPECT_EQ(RowPartition(10, 2), RowPartition(10, 2));
  EXPECT_FALSE(RowPartition(10, 2) == RowPartition(10, 3));
  EXPECT_FALSE(RowPartition(10, 2) == RowPartition(11, 2));
}

// Unequal shares move the bounds between ranks, from block to block, and nothing else.
TEST(RowPartition, SharesMoveBoundsAlone) {
  const RowPartition even(1000, 3), uneven(1000, Shares(std::vector<double>{1, 5, 2}));
  EXPECT_EQ(uneven.block_size(), even.block_size());
  EXPECT_EQ(uneven.blocks(), even.blocks());
  EXPECT_EQ(uneven.ranks(), 3);
  EXPECT_FALSE(uneven == even);
  Index at = 0;
  for (int r = 0; r < 3; ++r) {
    EXPECT_EQ(uneven.begin(r), at);
    EXPECT_EQ(uneven.begin(r) % uneven.block_size(), 0);
    at = uneven.end(r);
  }
  EXPECT_EQ(at, 1000);
  EXPECT_NEAR(static_cast<double>(uneven.count(1)), 625, static_cast<double>(uneven.block_size()));
  for (Index row = 0; row < 1000; ++row) {
    const int owner = uneven.owner(row);
    EXPECT_TRUE(uneven.begin(owner) <= row && row < uneven.end(owner)) << row;
  }
}

}  // namespace
}  // namespace replearn
