// Highly variable genes of real and simulated counts, by flavor and batch, as Scanpy selects them:
// tests/data/highly_variable/make_reference.py.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "methods/preprocess/pbmc68k.hpp"
#include "methods/preprocess/pearson_residuals.hpp"
#include "methods/preprocess/preprocess.hpp"
#include "methods/preprocess/reference_table.hpp"
#include "methods/preprocess/simulated_batches.hpp"
#include "support/test_comm.hpp"

namespace replearn::preprocess {
namespace {

enum class Counts { pbmc68k, three_batches, four_batches };

ExpressionMatrix read(Counts counts, const mpi::Communicator& comm) {
  if (counts != Counts::pbmc68k) return test::simulated_batches(comm, counts == Counts::four_batches);
  auto data = test::pbmc68k(comm);
  if (comm.is_root()) test::add_batches(data.obs);
  return data;
}

std::vector<double> numbers_of(const Annotations& table, const std::string& name) {
  const auto* column = table.find(name);
  if (!column) return {};
  if (const auto* flags = std::get_if<Flags>(column)) return {flags->values.begin(), flags->values.end()};
  if (const auto* counts = std::get_if<std::vector<std::int64_t>>(column)) return {counts->begin(), counts->end()};
  return std::get<std::vector<double>>(*column);
}

/// Whole numbers exactly, others to a relative difference of `tolerance` (absolute below 1).
void expect_equal(const std::vector<double>& ours, const std::vector<double>& theirs, const std::string& name,
                  double tolerance) {
  ASSERT_EQ(ours.size(), theirs.size()) << name;
  for (std::size_t j = 0; j < ours.size(); ++j) {
    EXPECT_EQ(std::isnan(ours[j]), std::isnan(theirs[j])) << name << " " << j;
    if (std::isnan(theirs[j]) || ours[j] == theirs[j]) continue;
    EXPECT_NEAR(ours[j], theirs[j], tolerance * std::max(1.0, std::abs(theirs[j]))) << name << " " << j;
  }
}

Options options_for(HvgFlavor flavor, Index top_genes, bool by_batch) {
  Options options;
  options.counts_layer = options.gene_prefix = "";
  options.hvg.flavor = flavor;
  options.hvg.top_genes = top_genes;
  if (by_batch) options.batch_key = "batch";
  return options;
}

void compare(const std::string& name, Counts counts, const Options& options) {
  const auto& comm = test::comm();
  const test::ReferenceTable reference("highly_variable/reference_" + name + ".txt");
  // Scanpy normalizes in float32 before it computes dispersions, and keeps normalized ones as float32.
  const double tolerance = uses_counts(options.hvg.flavor) ? 1e-8 : 1e-5;
  for (const bool dense : {false, true}) {
    SCOPED_TRACE(name + (dense ? ", dense" : ", sparse"));
    auto data = read(counts, comm);
    if (dense) data.x = to_dense(std::get<SparseRows>(data.x));
    const auto results = preprocess(comm, data, options);
    EXPECT_EQ(static_cast<Index>(results.highly_variable.size()), columns(data.x));
    if (!comm.is_root()) continue;
    for (const auto& column : reference.words("columns")) {
      const bool is_exact = column.starts_with("highly_variable");
      expect_equal(numbers_of(data.var, column), reference.numbers(column), column, is_exact ? 0 : tolerance);
    }
    EXPECT_EQ(std::vector<double>(results.highly_variable.begin(), results.highly_variable.end()),
              reference.numbers("highly_variable"));
  }
}

TEST(HighlyVariableAsScanpy, SeuratV3) {
  compare("pbmc68k_seurat_v3", Counts::pbmc68k, options_for(HvgFlavor::seurat_v3, 200, false));
  auto options = options_for(HvgFlavor::seurat_v3, 100, false);
  options.hvg.span = 0.7;
  compare("pbmc68k_seurat_v3_span", Counts::pbmc68k, options);
}

TEST(HighlyVariableAsScanpy, SeuratV3ByBatch) {
  compare("pbmc68k_seurat_v3_batches", Counts::pbmc68k, options_for(HvgFlavor::seurat_v3, 200, true));
  compare("simulated_seurat_v3_batches", Counts::three_batches, options_for(HvgFlavor::seurat_v3, 100, true));
}

TEST(HighlyVariableAsScanpy, SeuratV3AsInThePaperByBatch) {
  compare("pbmc68k_seurat_v3_paper_batches", Counts::pbmc68k, options_for(HvgFlavor::seurat_v3_paper, 200, true));
  compare("simulated_seurat_v3_paper_batches", Counts::three_batches,
          options_for(HvgFlavor::seurat_v3_paper, 100, true));
}

TEST(HighlyVariableAsScanpy, SeuratByBatch) {
  compare("pbmc68k_seurat_batches", Counts::pbmc68k, options_for(HvgFlavor::seurat, 200, true));
  compare("simulated_seurat_batches", Counts::four_batches, options_for(HvgFlavor::seurat, 100, true));
}

TEST(HighlyVariableAsScanpy, CellRangerByBatch) {
  compare("pbmc68k_cell_ranger_batches", Counts::pbmc68k, options_for(HvgFlavor::cell_ranger, 200, true));
  compare("simulated_cell_ranger_batches", Counts::four_batches, options_for(HvgFlavor::cell_ranger, 100, true));
}

TEST(HighlyVariableAsScanpy, CutoffsAndBins) {
  auto options = options_for(HvgFlavor::seurat, 0, false);
  options.hvg.cutoffs = {.min_mean = 0.1, .max_mean = 2, .min_dispersion = 0.3, .max_dispersion = 2};
  options.hvg.bins = 10;
  compare("pbmc68k_cutoffs", Counts::pbmc68k, options);
  compare("simulated_cutoffs_batches", Counts::four_batches, options_for(HvgFlavor::seurat, 0, true));
}

TEST(HighlyVariableAsScanpy, PearsonResiduals) {
  compare("pbmc68k_pearson", Counts::pbmc68k, options_for(HvgFlavor::pearson_residuals, 200, false));
}

TEST(HighlyVariableAsScanpy, PearsonResidualsByBatch) {
  auto options = options_for(HvgFlavor::pearson_residuals, 200, true);
  options.hvg.theta = 10;
  compare("pbmc68k_pearson_batches", Counts::pbmc68k, options);
  options = options_for(HvgFlavor::pearson_residuals, 100, true);
  compare("simulated_pearson_batches", Counts::four_batches, options);
  options.hvg.clip = 3;
  compare("simulated_pearson_clip_batches", Counts::four_batches, options);
}

void compare_residuals(const std::string& name, Index top_genes, double theta, double clip) {
  const auto& comm = test::comm();
  const test::ReferenceTable reference("highly_variable/reference_" + name + ".txt");
  for (const bool dense : {false, true}) {
    SCOPED_TRACE(name + (dense ? ", dense" : ", sparse"));
    auto data = read(Counts::pbmc68k, comm);
    if (dense) data.x = to_dense(std::get<SparseRows>(data.x));
    auto options = options_for(HvgFlavor::pearson_residuals, top_genes, false);
    options.pearson_residuals = true;
    options.hvg.theta = theta;
    options.hvg.clip = clip;
    options.counts_layer = "counts";
    const auto results = preprocess(comm, data, options);
    EXPECT_EQ(results.highly_variable, std::vector<std::uint8_t>(static_cast<std::size_t>(top_genes), 1));
    EXPECT_EQ(columns(*results.counts), top_genes);
    EXPECT_EQ(std::holds_alternative<SparseRows>(*results.counts), !dense);
    const RowMatrix x = gather_rows(comm, std::get<DistributedMatrix>(data.x));
    if (!comm.is_root()) continue;
    EXPECT_EQ(data.var.names, reference.words("genes"));
    EXPECT_EQ(std::count(results.kept_genes.begin(), results.kept_genes.end(), 1), top_genes);
    const RowMatrixD exact = x.cast<double>();
    const auto compared = [&](const Eigen::VectorXd& ours, const char* key) {
      expect_equal({ours.begin(), ours.end()}, reference.numbers(key), key, 1e-5);
    };
    compared(exact.rowwise().sum(), "sums_of_cells");
    compared(exact.colwise().squaredNorm().transpose(), "sums_of_squares_of_genes");
    compared(exact.row(0).transpose(), "first_cell");
    compared(exact.row(exact.rows() - 1).transpose(), "last_cell");
  }
}

TEST(PearsonResidualsAsScanpy, OfTheMostVariableGenes) {
  compare_residuals("pbmc68k_residuals", 200, 100, 0);
  compare_residuals("pbmc68k_residuals_clip", 150, 20, 4);
}

TEST(HighlyVariable, EqualToTheBitOnAnyNumberOfRanks) {
  const auto& comm = test::comm();
  const auto alone = comm.split(comm.rank());
  for (const auto flavor : {HvgFlavor::seurat, HvgFlavor::cell_ranger, HvgFlavor::seurat_v3, HvgFlavor::seurat_v3_paper,
                            HvgFlavor::pearson_residuals}) {
    for (const bool by_batch : {false, true}) {
      SCOPED_TRACE(flavor_name(flavor) + (by_batch ? ", by batch" : ""));
      auto options = options_for(flavor, 100, by_batch);
      options.pearson_residuals = uses_counts(flavor);
      auto distributed = read(Counts::three_batches, comm), single = read(Counts::three_batches, alone);
      const auto ours = preprocess(comm, distributed, options), theirs = preprocess(alone, single, options);
      EXPECT_EQ(ours.highly_variable, theirs.highly_variable);
      if (options.pearson_residuals) {
        EXPECT_EQ(all_gather_rows(comm, std::get<DistributedMatrix>(distributed.x)),
                  all_gather_rows(alone, std::get<DistributedMatrix>(single.x)));
      }
      if (!comm.is_root()) continue;
      for (const auto& name : single.var.column_names()) {
        const auto a = numbers_of(distributed.var, name), b = numbers_of(single.var, name);
        ASSERT_EQ(a.size(), b.size()) << name;
        EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(double)), 0) << name;
      }
    }
  }
}

}  // namespace
}  // namespace replearn::preprocess
