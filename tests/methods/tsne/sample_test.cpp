#include "methods/tsne/sample.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "data/expression_matrix.hpp"
#include "mpi/collectives.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

std::vector<std::uint8_t> whole(Index n, Index count, std::uint64_t seed) {
  return mpi::all_gather_v(test::comm(),
                           random_sample(test::comm(), RowPartition(n, test::comm().size()), count, seed));
}

TEST(TsneSample, IsOfTheSizeAskedForAndTheSameOnAnyRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  for (const Index count : {0, 1, 500, 3999, 4000}) {
    const auto sampled = whole(4000, count, 7);
    EXPECT_EQ(std::accumulate(sampled.begin(), sampled.end(), Index{0}), count);
    EXPECT_EQ(sampled, random_sample(alone, RowPartition(4000, 1), count, 7));
  }
  EXPECT_NE(whole(4000, 500, 7), whole(4000, 500, 8));
}

/// A tenth of the rows: of each hundred of them 10, give or take; of 40 such hundreds a chi-square of 40 +- 9.
TEST(TsneSample, IsSpreadEvenly) {
  const auto sampled = whole(4000, 400, 9);
  double chi_square = 0;
  for (Index hundred = 0; hundred < 40; ++hundred) {
    const auto first = sampled.begin() + 100 * hundred;
    const double found = std::accumulate(first, first + 100, 0.0);
    chi_square += (found - 10) * (found - 10) / 9;
  }
  EXPECT_GT(chi_square, 15);
  EXPECT_LT(chi_square, 75);
}

TEST(TsneSample, GoesBackToItsPlaces) {
  const RowPartition partition(1100, test::comm().size());
  const RowMatrix all = test::random_rows(1100, 2, 241);
  const auto mine = random_sample(test::comm(), partition, 300, 3);
  const auto sample = std::get<DistributedMatrix>(select_rows(test::comm(), my_rows_of(all, test::comm()), mine));
  DistributedMatrix back(partition, test::comm().rank(), 2);
  put_sample(test::comm(), mine, all_gather_rows(test::comm(), sample), back.local);
  for (Index i = 0; i < back.local_rows(); ++i) {
    if (mine[static_cast<std::size_t>(i)]) {
      EXPECT_EQ(back.local.row(i), all.row(back.first_row() + i));
    } else {
      EXPECT_EQ(back.local.row(i).norm(), 0);
    }
  }
}

}  // namespace
}  // namespace replearn::tsne
