#include "methods/preprocess/hvg_ranks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/test_comm.hpp"

namespace replearn::preprocess {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
using Mask = std::vector<std::uint8_t>;

TEST(RankGenes, OfOneBatchAreByDescendingScoreThenByGene) {
  const auto ranks = rank_genes({1, nan, 3, 1, 2}, 1, 3, RankOrder::rank_then_batches);
  EXPECT_EQ(ranks.nbatches, (std::vector<Index>{1, 0, 1, 0, 1}));
  EXPECT_EQ(ranks.rank[2], 0);
  EXPECT_EQ(ranks.rank[4], 1);
  EXPECT_EQ(ranks.rank[0], 2);
  EXPECT_TRUE(std::isnan(ranks.rank[1]) && std::isnan(ranks.rank[3]));
  EXPECT_EQ(ranks.selected, (Mask{1, 0, 1, 0, 1}));
}

// Gene 0 is the first in one batch, gene 1 the second in both.
TEST(RankGenes, OfSeveralBatchesAreByMedianRankOrByNumberOfBatches) {
  const std::vector<double> scores{9, 8, 1, 0, 0, 8, 1, 9};
  auto ranks = rank_genes(scores, 2, 2, RankOrder::rank_then_batches);
  EXPECT_EQ(ranks.nbatches, (std::vector<Index>{1, 2, 0, 1}));
  EXPECT_EQ(ranks.rank[0], 0);
  EXPECT_EQ(ranks.rank[1], 1);
  EXPECT_EQ(ranks.selected, (Mask{1, 0, 0, 1}));
  ranks = rank_genes(scores, 2, 2, RankOrder::batches_then_rank);
  EXPECT_EQ(ranks.selected, (Mask{1, 1, 0, 0}));
}

TEST(RankGenes, MoreThanThereAreSelectsAll) {
  EXPECT_EQ(rank_genes({1, nan, 3}, 1, 10, RankOrder::batches_then_rank).selected, (Mask{1, 1, 1}));
}

}  // namespace
}  // namespace replearn::preprocess
