#include "methods/preprocess/residual_variances.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "methods/preprocess/simulated_batches.hpp"
#include "support/test_comm.hpp"

namespace replearn::preprocess {
namespace {

/// The variance over the cells of a batch of all residuals of one gene, by their definition.
double variance_of_residuals(const RowMatrix& counts, const std::vector<std::int32_t>& batch_of_row, int batch,
                             Index gene, double theta, double clip) {
  double gene_total = 0, total = 0;
  for (Index i = 0; i < counts.rows(); ++i) {
    if (batch_of_row[static_cast<std::size_t>(i)] != batch) continue;
    gene_total += counts(i, gene);
    total += counts.row(i).cast<double>().sum();
  }
  std::vector<double> residuals;
  for (Index i = 0; i < counts.rows(); ++i) {
    if (batch_of_row[static_cast<std::size_t>(i)] != batch) continue;
    const double mu = counts.row(i).cast<double>().sum() * gene_total / total;
    residuals.push_back(mu > 0 ? std::clamp((counts(i, gene) - mu) / std::sqrt(mu + mu * mu / theta), -clip, clip) : 0);
  }
  double mean = 0, squares = 0;
  for (const double r : residuals) mean += r / static_cast<double>(residuals.size());
  for (const double r : residuals) squares += (r - mean) * (r - mean) / static_cast<double>(residuals.size());
  return squares;
}

TEST(ResidualVariances, AreThoseOfAllResiduals) {
  const auto& comm = test::comm();
  const auto alone = comm.split(comm.rank());
  const auto whole = test::simulated_batches(alone, true), mine = test::simulated_batches(comm, true);
  const RowMatrix counts = to_dense(std::get<SparseRows>(whole.x)).local;
  const auto all = batches_of(alone, whole.obs, "batch", partition(whole.x));
  const auto batches = batches_of(comm, mine.obs, "batch", partition(mine.x));
  ValueRanges ranges(batches.count(), columns(mine.x));
  ranges.add(mine.x, batches.local);
  ranges.reduce(comm);
  BatchSums sums(ranges, [&](Index entry, double& first, double&) { first = ranges.bound(entry); });
  sums.add(mine.x, batches.local, [](float x, Index, Index) { return std::array<double, 2>{x, 0.0}; });
  sums.reduce(comm);
  // Moderate, almost Poisson without a clip, and almost without variance.
  for (const auto& [theta, clip] : {std::pair(100.0, 3.0), std::pair(1e12, 1e9), std::pair(1e-3, 1e30)}) {
    ResidualVariances variances(ranges, sums, batches, theta, clip);
    variances.add(mine.x, batches.local);
    const auto found = variances.reduce(comm);
    for (const Index gene : {0, 3, 5, 6, 7, 8, 9, 100, 250, 400, 599}) {
      for (int b = 0; b < 4; ++b) {
        const double expected = variance_of_residuals(counts, all.local, b, gene, theta, clip);
        EXPECT_NEAR(found[static_cast<std::size_t>(b * columns(mine.x) + gene)], expected, 1e-11 * (1 + expected))
            << "gene " << gene << ", batch " << b << ", theta " << theta;
      }
    }
  }
}

// A pass over blocks gives the same bits as one over all rows.
TEST(ResidualVariances, DoNotDependOnBlocks) {
  const auto& comm = test::comm();
  const auto data = test::simulated_batches(comm, true);
  const auto batches = batches_of(comm, data.obs, "batch", partition(data.x));
  const auto& sparse = std::get<SparseRows>(data.x);
  const auto block_of = [&](Index from, Index to) {
    SparseRows block{RowPartition(to - from, 1), 0, sparse.columns, {0}, {}, {}};
    for (Index i = from; i < to; ++i) {
      for (Index k = sparse.offsets[static_cast<std::size_t>(i)]; k < sparse.offsets[static_cast<std::size_t>(i) + 1];
           ++k) {
        block.indices.push_back(sparse.indices[static_cast<std::size_t>(k)]);
        block.values.push_back(sparse.values[static_cast<std::size_t>(k)]);
      }
      block.offsets.push_back(static_cast<Index>(block.values.size()));
    }
    return Matrix(std::move(block));
  };
  const auto compute = [&](Index rows_per_block) {
    const auto visit = [&](const auto& work) {
      for (Index from = 0; from < sparse.local_rows(); from += rows_per_block) {
        const Index to = std::min(from + rows_per_block, sparse.local_rows());
        work(block_of(from, to),
             std::span(batches.local).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
      }
    };
    ValueRanges ranges(batches.count(), sparse.columns);
    visit([&](const Matrix& block, auto batch) { ranges.add(block, batch); });
    ranges.reduce(comm);
    BatchSums sums(ranges, [&](Index entry, double& first, double&) { first = ranges.bound(entry); });
    visit([&](const Matrix& block, auto batch) {
      sums.add(block, batch, [](float x, Index, Index) { return std::array<double, 2>{x, 0.0}; });
    });
    sums.reduce(comm);
    ResidualVariances variances(ranges, sums, batches, 100, 0);
    visit([&](const Matrix& block, auto batch) { variances.add(block, batch); });
    return variances.reduce(comm);
  };
  const auto at_once = compute(1000);
  EXPECT_EQ(compute(17), at_once);
  EXPECT_EQ(compute(1), at_once);
}

}  // namespace
}  // namespace replearn::preprocess
