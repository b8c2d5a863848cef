#include "methods/preprocess/highly_variable.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "methods/preprocess/dispersions.hpp"
#include "methods/preprocess/median.hpp"
#include "support/test_comm.hpp"

namespace replearn::preprocess {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
using Mask = std::vector<std::uint8_t>;

TEST(Median, IsTheMiddleOrTheMeanOfTwo) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({7}), 7);
  EXPECT_TRUE(std::isnan(median({})));
}

// ln(2) and ln(1001) are ends of the range of means: the first and the last bin.
TEST(SeuratDispersions, AreStandardScoresWithinABinOfMeans) {
  const double low = 1, high = 1000;
  const auto genes = dispersions({low, low, low, high}, {low * 1, low * std::exp(1.0), low * std::exp(2.0), high * 5},
                                 HvgFlavor::seurat);
  EXPECT_DOUBLE_EQ(genes.means[0], std::log(2.0));
  EXPECT_NEAR(genes.dispersions[2], 2, 1e-15);
  EXPECT_NEAR(genes.dispersions_norm[0], -1, 1e-14);  // 0, 1, 2: mean 1, deviation 1
  EXPECT_NEAR(genes.dispersions_norm[1], 0, 1e-14);
  EXPECT_NEAR(genes.dispersions_norm[2], 1, 1e-14);
  EXPECT_EQ(genes.dispersions_norm[3], 1);  // alone in its bin
}

TEST(SeuratDispersions, ConstantGenesHaveNoneAndDoNotCountInTheirBin) {
  const auto genes = dispersions({0, 1, 1, 1, 1000}, {0, 0, 1, std::exp(2.0), 0}, HvgFlavor::seurat);
  EXPECT_NEAR(genes.means[0], 1e-12, 1e-20);
  for (const std::size_t j : {0u, 1u, 4u}) {
    EXPECT_TRUE(std::isnan(genes.dispersions[j]));
    EXPECT_TRUE(std::isnan(genes.dispersions_norm[j]));
  }
  EXPECT_NEAR(genes.dispersions_norm[2], -std::sqrt(0.5), 1e-14);
  EXPECT_NEAR(genes.dispersions_norm[3], std::sqrt(0.5), 1e-14);
}

TEST(SeuratDispersions, GenesOfOneMeanShareABin) {
  const auto genes = dispersions({2, 2}, {2, 2 * std::exp(1.0)}, HvgFlavor::seurat);
  EXPECT_NEAR(genes.dispersions_norm[0], -std::sqrt(0.5), 1e-14);
  EXPECT_NEAR(genes.dispersions_norm[1], std::sqrt(0.5), 1e-14);
}

TEST(SeuratDispersions, EqualDispersionsHaveNoSpreadToBeMeasuredBy) {
  const auto genes = dispersions({0.3, 0.3, 0.3}, {0.7, 0.7, 0.7}, HvgFlavor::seurat);
  for (const double d : genes.dispersions_norm) EXPECT_TRUE(std::isnan(d));
}

// 101 genes with means 0 .. 100: the percentiles are the means themselves; the lowest bin holds 0 .. 10.
TEST(CellRangerDispersions, AreMeasuredInMedianAbsoluteDeviations) {
  std::vector<double> means, variances;
  for (int j = 0; j <= 100; ++j) {
    means.push_back(j + 1);
    variances.push_back((j + 1) * (j * j));  // dispersion j^2
  }
  const auto genes = dispersions(means, variances, HvgFlavor::cell_ranger);
  EXPECT_EQ(genes.means, means);
  // 0, 1, 4, ... 100: median 25; distances 25 24 21 16 9 0 11 24 39 56 75: their median 24.
  EXPECT_NEAR(genes.dispersions_norm[10], 75 / (24 / 0.6744897501960817), 1e-12);
  EXPECT_NEAR(genes.dispersions_norm[5], 0, 1e-12);
  // The next holds 11 .. 15: median 169; distances 48 25 0 27 56: their median 27.
  EXPECT_NEAR(genes.dispersions_norm[11], -48 / (27 / 0.6744897501960817), 1e-12);
}

TEST(CellRangerDispersions, RefuseMeansThatCannotBeBinned) {
  try {
    dispersions(std::vector<double>(30, 0.0), std::vector<double>(30, 0.0), HvgFlavor::cell_ranger);
    ADD_FAILURE() << "nothing thrown";
  } catch (const InputError& error) {
    EXPECT_NE(error.hint().find("--min-cells"), std::string::npos);
  }
}

TEST(TopByDispersion, TakesTiesAndNeverNaN) {
  EXPECT_EQ(top_by_dispersion({1, nan, 3, 2, 2}, 2), (Mask{0, 0, 1, 1, 1}));
  EXPECT_EQ(top_by_dispersion({1, nan, 3, 2, 2}, 1), (Mask{0, 0, 1, 0, 0}));
  EXPECT_EQ(top_by_dispersion({1, nan, infinity, 2, -infinity}, 3), (Mask{1, 0, 1, 1, 0}));
  EXPECT_EQ(top_by_dispersion({1, nan, 3}, 100), (Mask{1, 0, 1}));
  EXPECT_EQ(top_by_dispersion({nan, nan}, 1), (Mask{0, 0}));
}

TEST(WithinCutoffs, AreStrict) {
  Dispersions genes;
  genes.means = {0.0125, 0.0126, 2.9, 3, 1, 1, 1, 1};
  genes.dispersions_norm = {1, 1, 1, 1, 0.5, 0.51, nan, infinity};
  EXPECT_EQ(within_cutoffs(genes), (Mask{0, 1, 1, 0, 0, 1, 0, 1}));
}

// Two genes vary in both batches, two are not expressed: of these the one whose name comes first is the third.
TEST(DispersionsByBatch, TiesAreBrokenByName) {
  const auto& comm = test::comm();
  RowMatrix x(40, 4);
  Batches batches{{"a", "b"}, {20, 20}, {}};
  for (Index i = 0; i < 40; ++i) x.row(i) << static_cast<float>(i % 3), static_cast<float>(i % 7), 0, 0;
  const Matrix mine = my_rows_of(x, comm);
  const auto& rows = partition(mine);
  for (Index i = rows.begin(comm.rank()); i < rows.end(comm.rank()); ++i) batches.local.push_back(i < 20 ? 0 : 1);
  HvgOptions options;
  options.top_genes = 3;
  const auto found = highly_variable(comm, MatrixRows(mine), options, 6, batches, {"k", "l", "z", "a"}, Log());
  EXPECT_EQ(found.selected, (Mask{1, 1, 0, 1}));
  if (!comm.is_root()) return;
  Annotations var;
  for (const auto& [name, values] : found.columns) var.set(name, values);
  const auto& nbatches = std::get<std::vector<Index>>(*var.find("highly_variable_nbatches"));
  EXPECT_EQ(std::vector<int>(nbatches.begin(), nbatches.end()), (std::vector<int>{2, 2, 0, 0}));
  EXPECT_EQ(std::get<Flags>(*var.find("highly_variable_intersection")).values, (Mask{1, 1, 0, 0}));
  EXPECT_EQ(found.columns.size(), 6u);
}

TEST(HighlyVariable, WholeCountsAreRefusedAsLogarithmsIfTheyOverflow) {
  const auto& comm = test::comm();
  RowMatrix x = RowMatrix::Ones(40, 3);
  x(39, 1) = 4000;
  const Matrix mine = my_rows_of(x, comm);
  HvgOptions options;
  options.top_genes = 2;
  const auto batch = single_batch(partition(mine), comm.rank());
  EXPECT_THROW(highly_variable(comm, MatrixRows(mine), options, 4000, batch, {}, Log()), InputError);
}

}  // namespace
}  // namespace replearn::preprocess
