#include "methods/preprocess/preprocess.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.hpp"
#include "methods/preprocess/normalize.hpp"
#include "methods/preprocess/pbmc68k.hpp"
#include "methods/preprocess/quality_control.hpp"
#include "methods/preprocess/scale.hpp"
#include "mpi/collectives.hpp"
#include "numerics/matrix_values.hpp"
#include "support/test_comm.hpp"

namespace replearn::preprocess {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// n cells c0, c1, ... and m genes g0, g1, ..., annotated on root.
ExpressionMatrix named(const RowMatrix& whole, const mpi::Communicator& comm, bool as_sparse = true) {
  const auto mine = my_rows_of(whole, comm);
  ExpressionMatrix data{as_sparse ? Matrix(to_sparse(mine)) : Matrix(mine), {}, {}};
  if (comm.is_root()) {
    for (Index i = 0; i < whole.rows(); ++i) data.obs.names.push_back("c" + std::to_string(i));
    for (Index j = 0; j < whole.cols(); ++j) data.var.names.push_back("g" + std::to_string(j));
  }
  return data;
}

RowMatrix all_rows(const mpi::Communicator& comm, const Matrix& matrix) {
  const auto* sparse = std::get_if<SparseRows>(&matrix);
  return all_gather_rows(comm, sparse ? to_dense(*sparse) : std::get<DistributedMatrix>(matrix));
}

float largest(const RowMatrix& matrix) {
  float result = 0;
  for (Index k = 0; k < matrix.size(); ++k) result = std::max(result, std::abs(matrix.data()[k]));
  return result;
}

Options plain() {
  Options options;
  options.normalize = options.log1p = false;
  options.hvg.flavor = HvgFlavor::none;
  options.gene_prefix = options.counts_layer = "";
  return options;
}

/// The text of the InputError that `work` must throw.
template <class Work>
std::string refusal(const Work& work) {
  try {
    work();
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no InputError";
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What root logged during `work`; the same on every rank.
template <class Work>
std::string logged(const Work& work) {
  testing::internal::CaptureStderr();
  work();
  return mpi::broadcast(test::comm(), testing::internal::GetCapturedStderr());
}

std::vector<double> doubles(const Annotations& table, const std::string& name) {
  const auto* column = table.find(name);
  return column ? std::get<std::vector<double>>(*column) : std::vector<double>{};
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

TEST(Preprocess, EqualToTheBitOnAnyNumberOfRanks) {
  const auto& comm = test::comm();
  const auto alone = comm.split(comm.rank());
  for (const auto flavor : {HvgFlavor::seurat, HvgFlavor::cell_ranger}) {
    for (const bool dense : {false, true}) {
      Options options;
      options.min_genes = 215;
      options.min_cells = 15;
      options.hvg.flavor = flavor;
      options.hvg.top_genes = 100;
      options.scale = true;
      auto distributed = test::pbmc68k(comm), single = test::pbmc68k(alone);
      if (dense) {
        distributed.x = to_dense(std::get<SparseRows>(distributed.x));
        single.x = to_dense(std::get<SparseRows>(single.x));
      }
      const auto ours = preprocess(comm, distributed, options);
      const auto theirs = preprocess(alone, single, options);
      EXPECT_EQ(ours.highly_variable, theirs.highly_variable);
      EXPECT_EQ(partition(distributed.x), RowPartition(rows(single.x), comm.size()));
      EXPECT_TRUE(all_rows(comm, distributed.x) == all_rows(alone, single.x));
      EXPECT_TRUE(all_rows(comm, *ours.counts) == all_rows(alone, *theirs.counts));
      if (!comm.is_root()) continue;
      EXPECT_EQ(distributed.obs.names, single.obs.names);
      EXPECT_EQ(distributed.var.names, single.var.names);
      EXPECT_EQ(ours.kept_cells, theirs.kept_cells);
      EXPECT_EQ(ours.kept_genes, theirs.kept_genes);
      for (const char* column : {"total_counts", "means", "dispersions", "dispersions_norm", "mean", "std"}) {
        EXPECT_FALSE(doubles(distributed.var, column).empty()) << column;
        EXPECT_TRUE(same_bits(doubles(distributed.var, column), doubles(single.var, column))) << column;
      }
      for (const char* column : {"total_counts", "total_counts_mt", "pct_counts_mt"}) {
        EXPECT_FALSE(doubles(distributed.obs, column).empty()) << column;
        EXPECT_TRUE(same_bits(doubles(distributed.obs, column), doubles(single.obs, column))) << column;
      }
    }
  }
}

/// Rows of a matrix that all ranks hold, as if they were on disk.
class StoredMatrix : public RowReader {
 public:
  StoredMatrix(Matrix whole, Index rows_per_block) : whole_(std::move(whole)), rows_per_block_(rows_per_block) {}
  Index rows() const override { return replearn::rows(whole_); }
  Index columns() const override { return replearn::columns(whole_); }
  bool is_sparse() const override { return std::holds_alternative<SparseRows>(whole_); }
  Index stored() const override { return static_cast<Index>(values_of(whole_).size()); }
  Matrix read(Index begin, Index end, Index) const override {
    const Index count = std::min(rows_per_block_, end - begin);
    DistributedMatrix block(RowPartition(count, 1), 0, columns());
    const auto* sparse = std::get_if<SparseRows>(&whole_);
    block.local = (sparse ? to_dense(*sparse) : std::get<DistributedMatrix>(whole_)).local.middleRows(begin, count);
    if (sparse) return to_sparse(block);
    return block;
  }

 private:
  Matrix whole_;
  Index rows_per_block_;
};

TEST(Preprocess, OnDiskEqualsInMemoryToTheBit) {
  const auto& comm = test::comm();
  const auto alone = comm.split(comm.rank());
  const auto all = test::pbmc68k(alone);
  for (const auto flavor :
       {HvgFlavor::seurat, HvgFlavor::cell_ranger, HvgFlavor::seurat_v3, HvgFlavor::pearson_residuals}) {
    for (const bool dense : {false, true}) {
      for (const bool mixed : {false, true}) {
        Options options;
        options.min_genes = 215;
        options.min_cells = 15;
        options.hvg.flavor = flavor;
        options.hvg.top_genes = 100;
        auto in_memory = test::pbmc68k(comm);
        std::vector<std::uint8_t> features;
        for (Index j = 0; mixed && j < columns(all.x); ++j) features.push_back(j % 5 != 2);
        Matrix whole = all.x;
        if (dense) {
          in_memory.x = to_dense(std::get<SparseRows>(in_memory.x));
          whole = to_dense(std::get<SparseRows>(whole));
        }
        StoredExpression on_disk{StoredRows(std::make_shared<StoredMatrix>(whole, 37), comm), in_memory.obs,
                                 in_memory.var};
        const auto memory = preprocess(comm, in_memory, options, Log(), features);
        const auto disk = preprocess(comm, on_disk, options, Log(), features);
        EXPECT_TRUE(all_rows(comm, in_memory.x) == all_rows(comm, read_into_memory(comm, *disk.rows_on_disk)));
        EXPECT_TRUE(all_rows(comm, *memory.counts) == all_rows(comm, read_into_memory(comm, *disk.counts_on_disk)));
        EXPECT_EQ(disk.rows_on_disk->partition(), partition(in_memory.x));
        EXPECT_EQ(memory.highly_variable, disk.highly_variable);
        EXPECT_EQ(memory.kept_mine, disk.kept_mine);
        EXPECT_TRUE(all_rows(comm, select_columns(in_memory.x, memory.highly_variable)) ==
                    all_rows(comm, read_into_memory(comm, *disk.rows_on_disk, memory.highly_variable)));
        if (!comm.is_root()) continue;
        EXPECT_EQ(in_memory.obs.names, on_disk.obs.names);
        EXPECT_EQ(in_memory.var.names, on_disk.var.names);
        EXPECT_EQ(memory.kept_cells, disk.kept_cells);
        EXPECT_EQ(memory.kept_genes, disk.kept_genes);
        for (const char* column : {"total_counts", "means", "dispersions_norm", "variances_norm", "residual_variances"}) {
          EXPECT_TRUE(same_bits(doubles(in_memory.var, column), doubles(on_disk.var, column))) << column;
        }
        EXPECT_TRUE(same_bits(doubles(in_memory.obs, "pct_counts_mt"), doubles(on_disk.obs, "pct_counts_mt")));
      }
    }
  }
}

TEST(Preprocess, SparseAndDenseAgree) {
  const auto& comm = test::comm();
  for (const bool scaled : {false, true}) {
    Options options;
    options.hvg.top_genes = 100;
    options.scale = scaled;
    auto sparse = test::pbmc68k(comm), dense = test::pbmc68k(comm);
    dense.x = to_dense(std::get<SparseRows>(dense.x));
    EXPECT_EQ(preprocess(comm, sparse, options).highly_variable, preprocess(comm, dense, options).highly_variable);
    EXPECT_EQ(std::holds_alternative<SparseRows>(sparse.x), !scaled);
    const RowMatrix a = all_rows(comm, sparse.x), b = all_rows(comm, dense.x);
    EXPECT_LE(largest(a - b), 1e-6f);
    EXPECT_GT(largest(a), 1.0f);
  }
}

// Genes per cell: 0 1 2 3; totals: 0 10 11 12; g0 is the marked one.
RowMatrix four_cells() {
  return (RowMatrix(4, 3) << 0, 0, 0, 10, 0, 0, 4, 7, 0, 3, 4, 5).finished();
}

TEST(Filters, DropCellsThenGenesByTheCellsThatAreLeft) {
  const auto& comm = test::comm();
  for (const bool sparse : {false, true}) {
    auto data = named(four_cells(), comm, sparse);
    auto options = plain();
    options.min_genes = 2;
    options.min_cells = 2;
    options.counts_layer = "counts";
    const auto results = preprocess(comm, data, options);
    const RowMatrix expected = (RowMatrix(2, 2) << 4, 7, 3, 4).finished();
    EXPECT_TRUE(all_rows(comm, data.x) == expected);
    EXPECT_TRUE(all_rows(comm, *results.counts) == expected);
    EXPECT_TRUE(results.highly_variable.empty());
    EXPECT_TRUE(results.uns.entries.empty());
    if (!comm.is_root()) continue;
    EXPECT_EQ(results.kept_cells, (std::vector<std::uint8_t>{0, 0, 1, 1}));
    EXPECT_EQ(results.kept_genes, (std::vector<std::uint8_t>{1, 1, 0}));
    EXPECT_EQ(data.obs.names, (std::vector<std::string>{"c2", "c3"}));
    EXPECT_EQ(data.var.names, (std::vector<std::string>{"g0", "g1"}));
    EXPECT_EQ(std::get<std::vector<Index>>(*data.obs.find("n_genes_by_counts")), (std::vector<Index>{2, 3}));
    EXPECT_EQ(doubles(data.obs, "total_counts"), (std::vector<double>{11, 12}));
    // Of the whole input, before the filters.
    EXPECT_EQ(std::get<std::vector<Index>>(*data.var.find("n_cells_by_counts")), (std::vector<Index>{3, 2}));
    EXPECT_EQ(doubles(data.var, "total_counts"), (std::vector<double>{17, 11}));
    EXPECT_EQ(data.obs.find("pct_counts_mt"), nullptr);
  }
}

TEST(Filters, ByTotalAndByShareOfTheMarkedGenes) {
  const auto& comm = test::comm();
  auto options = plain();
  options.min_counts = 11;
  auto data = named(four_cells(), comm);
  preprocess(comm, data, options);
  EXPECT_EQ(rows(data.x), 2);

  options.min_counts = 0;
  options.gene_prefix = "g0";
  options.max_fraction = 0.25;  // shares: none 1 4/11 1/4; what is equal stays, and so does a cell without counts
  data = named(four_cells(), comm);
  const auto results = preprocess(comm, data, options);
  if (comm.is_root()) {
    EXPECT_EQ(results.kept_cells, (std::vector<std::uint8_t>{1, 0, 0, 1}));
    EXPECT_EQ(doubles(data.obs, "total_counts_mt"), (std::vector<double>{0, 3}));
    const auto percent = doubles(data.obs, "pct_counts_mt");
    EXPECT_TRUE(std::isnan(percent[0]));
    EXPECT_EQ(percent[1], 25);
    EXPECT_EQ(std::get<Flags>(*data.var.find("mt")).values, (std::vector<std::uint8_t>{1, 0, 0}));
  }
}

TEST(Filters, ThatLeaveNothingSayWhatThereIs) {
  const auto& comm = test::comm();
  auto options = plain();
  options.min_genes = 4;
  auto data = named(four_cells(), comm);
  auto text = refusal([&] { preprocess(comm, data, options); });
  EXPECT_TRUE(contains(text, "--min-genes") && contains(text, "maximum is 3 expressed genes") && contains(text, "12"))
      << text;
  options.min_genes = 0;
  options.min_cells = 4;
  text = refusal([&] { preprocess(comm, data, options); });
  EXPECT_TRUE(contains(text, "--min-cells") && contains(text, "more than 3 of the kept cells")) << text;
}

TEST(Counts, ANegativeOrNonFiniteOneIsRefusedByItsPlace) {
  const auto& comm = test::comm();
  for (const double bad : {-1.0, nan, std::numeric_limits<double>::infinity()}) {
    for (const bool sparse : {false, true}) {
      RowMatrix x = RowMatrix::Ones(100, 5);
      x(70, 4) = static_cast<float>(bad);  // a later one, on another rank
      x(33, 2) = static_cast<float>(bad);
      auto data = named(x, comm, sparse);
      const auto text = refusal([&] { preprocess(comm, data, plain()); });
      EXPECT_TRUE(contains(text, "cell 'c33' (row 33 of X), gene 'g2' (column 2 of X)")) << text;
    }
  }
}

TEST(Counts, ThatAreNotWholeAreWarnedOf) {
  const auto& comm = test::comm();
  RowMatrix x = four_cells();
  auto options = plain();
  options.normalize = true;
  const Log log(comm.is_root());
  const auto run = [&] {
    auto data = named(x, comm);
    preprocess(comm, data, options, log);
  };
  EXPECT_FALSE(contains(logged(run), "non-integer"));
  x(3, 2) = 0.5f;
  EXPECT_TRUE(contains(logged(run), "warning: the values are not counts but non-integer values"));
}

TEST(GenePrefix, ThatNoGeneHasIsToldAndGivesZeros) {
  const auto& comm = test::comm();
  auto options = plain();
  options.gene_prefix = "MT-";
  auto data = named(four_cells(), comm);
  const auto text = logged([&] { preprocess(comm, data, options, Log(comm.is_root())); });
  EXPECT_TRUE(contains(text, "has a name that begins with MT-")) << text;
  if (comm.is_root()) {
    EXPECT_EQ(doubles(data.obs, "total_counts_mt"), (std::vector<double>{0, 0, 0, 0}));
  }
}

TEST(Normalize, BringsEachCellToTheMedianOfTheTotalsThatAreNotZero) {
  const auto& comm = test::comm();
  for (const bool sparse : {false, true}) {
    auto x = named(four_cells(), comm, sparse).x;
    const auto done = normalization(comm, row_totals(comm, MatrixRows(x)), 0);
    EXPECT_EQ(done.target_sum, 11);
    EXPECT_EQ(done.empty_cells, 1);
    RowTransform{done.factors, false, {}}.apply(x);
    const RowMatrix expected = (RowMatrix(4, 3) << 0, 0, 0, 11, 0, 0, 4, 7, 0, 2.75, 11.0 / 3, 55.0 / 12).finished();
    EXPECT_TRUE(all_rows(comm, x).isApprox(expected, 1e-6f));
  }
}

TEST(Normalize, ToATargetAndThenLogarithms) {
  const auto& comm = test::comm();
  auto data = named(four_cells(), comm);
  auto options = plain();
  options.normalize = options.log1p = true;
  options.target_sum = 120;
  const auto text = logged([&] {
    const auto results = preprocess(comm, data, options, Log(comm.is_root()));
    EXPECT_NE(results.uns.find("log1p"), nullptr);
    const auto* record = results.uns.find("normalize_total");
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(*std::get<std::shared_ptr<ValueTree>>(*record)->find("target_sum"), Value(120.0));
  });
  EXPECT_TRUE(contains(text, "1 cells have no counts and stay zero")) << text;
  const RowMatrix x = all_rows(comm, data.x);
  EXPECT_EQ(largest(x.row(0)), 0.0f);
  EXPECT_NEAR(x(1, 0), std::log(121.0), 1e-6);
  EXPECT_NEAR(x(3, 1), std::log(41.0), 1e-6);
}

TEST(Normalize, RefusesAMatrixOfZeros) {
  const auto& comm = test::comm();
  const Matrix x = my_rows_of(RowMatrix::Zero(20, 3), comm);
  EXPECT_TRUE(contains(refusal([&] { normalization(comm, row_totals(comm, MatrixRows(x)), 0); }), "all counts are zero"));
}

TEST(Scale, CentersAndDividesAndClips) {
  const auto& comm = test::comm();
  RowMatrix whole(50, 3);
  for (Index i = 0; i < 50; ++i) whole.row(i) << static_cast<float>(i), 0.3f, (i == 7 ? 1.0f : 0.0f);
  for (const bool sparse : {false, true}) {
    auto matrix = named(whole, comm, sparse).x;
    const auto scaling = scale(comm, matrix, 5);
    EXPECT_DOUBLE_EQ(scaling.mean[0], 24.5);
    EXPECT_DOUBLE_EQ(scaling.deviation[0], std::sqrt(50.0 * 51 / 12));
    EXPECT_EQ(scaling.deviation[1], 1);
    const RowMatrix x = all_rows(comm, matrix);
    EXPECT_NEAR(x(49, 0), 24.5 / std::sqrt(50.0 * 51 / 12), 1e-6);
    EXPECT_EQ(largest(x.col(1)), 0.0f);  // a constant gene
    EXPECT_EQ(x(7, 2), 5.0f);            // 6.9 without clipping
    EXPECT_NEAR(x.col(0).sum(), 0, 1e-4);
  }
}

TEST(HighlyVariable, MoreThanThereAreGivesAllThatVary) {
  const auto& comm = test::comm();
  auto data = test::pbmc68k(comm);
  const auto text = logged([&] {
    const auto results = preprocess(comm, data, Options(), Log(comm.is_root()));
    EXPECT_EQ(std::count(results.highly_variable.begin(), results.highly_variable.end(), std::uint8_t{1}), 764);
  });
  EXPECT_TRUE(contains(text, "764 of 765 genes are highly variable (seurat); 2000 were requested")) << text;
}

TEST(PreprocessOptions, AreRefusedByName) {
  const auto refused = [](auto change) {
    Options options;
    change(options);
    return refusal([&] { options.validate(); });
  };
  EXPECT_NO_THROW(Options().validate());
  EXPECT_TRUE(contains(refused([](Options& o) { o.min_genes = -1; }), "--min-genes"));
  EXPECT_TRUE(contains(refused([](Options& o) { o.min_counts = -1; }), "--min-counts"));
  EXPECT_TRUE(contains(refused([](Options& o) { o.min_cells = -1; }), "--min-cells"));
  EXPECT_TRUE(contains(refused([](Options& o) { o.target_sum = nan; }), "--target-sum"));
  EXPECT_TRUE(contains(refused([](Options& o) { o.hvg.top_genes = -1; }), "--top-genes"));
  EXPECT_TRUE(contains(refused([](Options& o) { o.max_value = -1; }), "--max-value"));
  EXPECT_TRUE(contains(refused([](Options& o) { o.max_value = 10; }), "--max-value"));
  EXPECT_TRUE(contains(refused([](Options& o) { o.max_fraction = 1.5; }), "--max-fraction"));
  EXPECT_TRUE(contains(refused([](Options& o) {
                         o.max_fraction = 0.1;
                         o.gene_prefix = "";
                       }),
                       "--gene-prefix"));
  EXPECT_TRUE(contains(refused([](Options& o) {
                         o.target_sum = 1e4;
                         o.normalize = false;
                       }),
                       "--target-sum"));
}

TEST(Preprocess, AnEmptyMatrixIsRefused) {
  const auto& comm = test::comm();
  auto no_cells = named(RowMatrix(0, 3), comm), no_genes = named(RowMatrix(3, 0), comm);
  EXPECT_TRUE(contains(refusal([&] { preprocess(comm, no_cells, plain()); }), "no rows"));
  EXPECT_TRUE(contains(refusal([&] { preprocess(comm, no_genes, plain()); }), "no columns"));
}

}  // namespace
}  // namespace replearn::preprocess
