// Real counts, prepared as Scanpy prepares them: tests/data/pbmc68k/make_reference.py.
#include <gtest/gtest.h>

#include <cmath>

#include "methods/preprocess/pbmc68k.hpp"
#include "methods/preprocess/preprocess.hpp"
#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"

namespace replearn::preprocess {
namespace {

constexpr double tolerance = 1e-5;

std::vector<double> as_numbers(const Column* column) {
  std::vector<double> numbers;
  if (!column) return numbers;
  std::visit(
      [&](const auto& values) {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Flags>) {
          numbers.assign(values.values.begin(), values.values.end());
        } else if constexpr (std::is_same_v<T, std::vector<double>> || std::is_same_v<T, std::vector<Index>>) {
          for (const auto value : values) numbers.push_back(static_cast<double>(value));
        }
      },
      *column);
  return numbers;
}

void expect_close(const std::vector<double>& ours, const std::vector<double>& theirs, const std::string& what) {
  ASSERT_EQ(ours.size(), theirs.size()) << what;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(std::isnan(ours[i]), std::isnan(theirs[i])) << what << " " << i;
    if (!std::isnan(theirs[i])) {
      EXPECT_NEAR(ours[i], theirs[i], tolerance * std::max(1.0, std::abs(theirs[i]))) << what << " " << i;
    }
  }
}

std::vector<double> row_of(const RowMatrix& matrix, Index row) {
  return {matrix.data() + row * matrix.cols(), matrix.data() + (row + 1) * matrix.cols()};
}

/// Compares on root; nothing collective in here.
void expect_same(const ExpressionMatrix& data, const RowMatrix& x, const test::Reference& reference,
                 const std::string& rows_key) {
  ASSERT_EQ(data.obs.names, reference.cells);
  ASSERT_EQ(data.var.names, reference.genes);
  for (const auto& [key, numbers] : reference.numbers) {
    if (key.starts_with("obs/")) {
      expect_close(as_numbers(data.obs.find(key.substr(4))), numbers, key);
    } else if (key.starts_with("var/")) {
      const auto* column = data.var.find(key.substr(4));
      if (column || rows_key == "scaled/") expect_close(as_numbers(column), numbers, key);
    }
  }
  const auto& compared = reference.numbers.at("cells_compared");
  EXPECT_GE(compared.size(), 4u);
  for (const double cell : compared) {
    const auto row = static_cast<Index>(cell);
    expect_close(row_of(x, row), reference.numbers.at(rows_key + std::to_string(row)), rows_key + std::to_string(row));
  }
}

void expect_totals(const RowMatrix& x, const test::Reference& reference) {
  std::vector<double> totals;
  for (Index i = 0; i < x.rows(); ++i) {
    double total = 0;
    for (Index j = 0; j < x.cols(); ++j) total += x(i, j);
    totals.push_back(total);
  }
  expect_close(totals, reference.numbers.at("totals_of_logarithms"), "totals of logarithms");
}

RowMatrix whole(const Matrix& matrix) {
  const auto* sparse = std::get_if<SparseRows>(&matrix);
  return gather_rows(test::comm(), sparse ? to_dense(*sparse) : std::get<DistributedMatrix>(matrix));
}

void compare_with_scanpy(const std::string& name, Options options) {
  const auto& comm = test::comm();
  const auto reference = test::pbmc68k_reference(name);
  for (const bool dense : {false, true}) {
    for (const bool scaled : {false, true}) {
      SCOPED_TRACE(name + (dense ? ", dense" : ", sparse") + (scaled ? ", scaled" : ""));
      auto data = test::pbmc68k(comm);
      if (dense) data.x = to_dense(std::get<SparseRows>(data.x));
      options.scale = scaled;
      const double max_value = options.max_value;
      if (!scaled) options.max_value = 0;
      const auto results = preprocess(comm, data, options);
      options.max_value = max_value;
      const RowMatrix x = whole(data.x);
      if (comm.is_root()) {
        expect_same(data, x, reference, scaled ? "scaled/" : "logarithms/");
        if (!scaled) expect_totals(x, reference);
      }
      const auto mask = mpi::broadcast(comm, results.highly_variable);
      EXPECT_EQ(results.highly_variable, mask);
      EXPECT_EQ(static_cast<Index>(mask.size()), columns(data.x));
    }
  }
}

TEST(PreprocessAsScanpy, SeuratTopGenesOfFilteredCounts) {
  Options options;
  options.min_genes = 210;
  options.min_cells = 20;
  options.hvg.top_genes = 200;
  options.max_value = 10;
  compare_with_scanpy("seurat", options);
}

TEST(PreprocessAsScanpy, CellRangerWithATargetAndALimitOfShare) {
  Options options;
  options.min_genes = 1;
  options.min_cells = 10;
  options.gene_prefix = "RP";
  options.max_fraction = 0.0305;
  options.target_sum = 1e4;
  options.hvg.flavor = HvgFlavor::cell_ranger;
  options.hvg.top_genes = 150;
  compare_with_scanpy("cell_ranger", options);
}

TEST(PreprocessAsScanpy, SeuratCutoffsOfAllGenesAmongThemOneThatIsNotExpressed) {
  Options options;
  options.hvg.top_genes = 0;
  options.max_value = 2;
  compare_with_scanpy("cutoffs", options);
}

}  // namespace
}  // namespace replearn::preprocess
