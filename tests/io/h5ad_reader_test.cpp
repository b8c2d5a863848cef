// Files of make_h5ad.py, which CTest runs before.
#include "io/anndata/h5ad_reader.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>

#include "formats_fixture.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/input.hpp"

namespace replearn::io {
namespace {

constexpr Index n = 60, m = 20;

std::string made(const std::string& name) {
  return std::string(REPLEARN_MADE_H5AD) + "/" + name + ".h5ad";
}

float value(Index i, Index j) {
  return (7 * i + 3 * j) % 5 == 0 ? static_cast<float>((i + j) % 50 + 1) : 0.0f;
}

RowMatrix expected(float factor = 1) {
  RowMatrix x(n, m);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < m; ++j) x(i, j) = factor * value(i, j);
  }
  return x;
}

/// Collective.
void expect_matrix(const H5adReader& reader, const std::string& element, const RowMatrix& wanted) {
  const auto matrix = reader.matrix(element);
  const RowMatrix got = test::gather(matrix);
  if (test::comm().is_root()) {
    EXPECT_EQ(got, wanted) << element;
  }
  if (const auto* sparse = std::get_if<SparseRows>(&matrix)) {
    for (Index i = 0; i < sparse->local_rows(); ++i) {
      EXPECT_TRUE(std::is_sorted(sparse->indices.begin() + sparse->offsets[static_cast<std::size_t>(i)],
                                 sparse->indices.begin() + sparse->offsets[static_cast<std::size_t>(i) + 1]));
    }
  }
}

TEST(H5adReader, ReadsEveryStorageTypeAndCompression) {
  const H5adReader reader(test::comm(), made("matrices"));
  EXPECT_EQ(reader.rows(), n);
  EXPECT_EQ(reader.columns(), m);
  const RowMatrix flags = expected().unaryExpr([](float v) { return v > 0 ? 1.0f : 0.0f; });
  Index seen = 0;
  for (const auto& name : reader.names("layers")) {
    if (name.starts_with("noise")) continue;
    expect_matrix(reader, "layers/" + name, name.starts_with("bool") ? flags : expected());
    const bool is_sparse = std::holds_alternative<SparseRows>(reader.matrix("layers/" + name));
    EXPECT_EQ(is_sparse, name.find("dense") == std::string::npos) << name;
    ++seen;
  }
  EXPECT_EQ(seen, 12 + 2 * 11 + 6 * 3 + 3 + 1 + 3);
  expect_matrix(reader, "layers/noise_lzf", test::gather(reader.matrix("layers/noise")));
}

/// What one column of obs must be, entry by entry.
template <class T, class Get>
void expect_column(const Annotations& table, const std::string& name, Get get) {
  const Column* column = table.find(name);
  ASSERT_NE(column, nullptr) << name;
  const auto* values = std::get_if<T>(column);
  ASSERT_NE(values, nullptr) << name << " is of another type";
  ASSERT_EQ(length(*column), n) << name;
  for (Index i = 0; i < n; ++i) get(*values, static_cast<std::size_t>(i));
}

void expect_obs_of_any_version(const Annotations& obs) {
  EXPECT_EQ(obs.index_name, "cell");
  ASSERT_EQ(obs.size(), n);
  EXPECT_EQ(obs.names[59], "cell59");
  for (const bool ordered : {false, true}) {
    expect_column<Categorical>(obs, ordered ? "stage" : "kind", [&](const Categorical& c, std::size_t i) {
      EXPECT_EQ(c.codes[i], static_cast<std::int32_t>(i % 4) - 1);
      EXPECT_EQ(c.ordered, ordered);
      EXPECT_EQ(c.categories, ordered ? (std::vector<std::string>{"1", "5", "10"})
                                      : (std::vector<std::string>{"B cell", "NK", "T cell"}));
    });
  }
  expect_column<std::vector<std::string>>(
      obs, "batch", [](const auto& v, std::size_t i) { EXPECT_EQ(v[i], "b" + std::to_string(i % 3)); });
  expect_column<Flags>(obs, "flag", [](const auto& v, std::size_t i) { EXPECT_EQ(v.values[i] != 0, i % 2 == 0); });
  expect_column<std::vector<std::int64_t>>(
      obs, "whole", [](const auto& v, std::size_t i) { EXPECT_EQ(v[i], static_cast<std::int64_t>(i) - 5); });
  expect_column<std::vector<std::int64_t>>(
      obs, "byte", [](const auto& v, std::size_t i) { EXPECT_EQ(v[i], static_cast<std::int64_t>(i)); });
  expect_column<std::vector<float>>(obs, "single",
                                    [](const auto& v, std::size_t i) { EXPECT_EQ(v[i], static_cast<float>(i) / 2); });
  expect_column<std::vector<double>>(obs, "double", [](const auto& v, std::size_t i) {
    if (i == 1) {
      EXPECT_TRUE(std::isnan(v[i]));
    } else {
      EXPECT_EQ(v[i], static_cast<double>(i) / 3);
    }
  });
}

void expect_other_parts(const H5adReader& reader) {
  const RowMatrix pca = gather_rows(test::comm(), reader.obsm("X_pca"));
  const RowMatrix counts = gather_rows(test::comm(), reader.obsm("counts"));
  if (test::comm().is_root()) {
    EXPECT_EQ(pca(59, 2), 179);
    EXPECT_EQ(counts(59, 1), 119);
  }
  expect_matrix(reader, "layers/counts", expected());
  const auto graph = reader.graph("distances");
  for (Index i = 0; i < graph.local_rows(); ++i) {
    const Index row = graph.first_row() + i;
    ASSERT_EQ(graph.offsets[static_cast<std::size_t>(i) + 1] - graph.offsets[static_cast<std::size_t>(i)], 2);
    EXPECT_EQ(graph.indices[static_cast<std::size_t>(2 * i)], (row + 5) % n);  // nearest first
    EXPECT_EQ(graph.distances[static_cast<std::size_t>(2 * i)], 1);
    EXPECT_EQ(graph.indices[static_cast<std::size_t>(2 * i + 1)], (row + 3) % n);
  }
  const auto flags = reader.var_flags("highly_variable");
  ASSERT_EQ(flags.size(), static_cast<std::size_t>(m));
  for (Index j = 0; j < m; ++j) EXPECT_EQ(flags[static_cast<std::size_t>(j)] != 0, j % 3 == 0);
  EXPECT_TRUE(reader.var_flags("nothing").empty());
  expect_matrix(reader, "raw/X", expected(10));
  const auto gene = reader.gene("gène7");  // of raw
  if (test::comm().is_root()) {
    for (Index i = 0; i < n; ++i) EXPECT_EQ(gene[static_cast<std::size_t>(i)], 10 * value(i, 7));
  }
}

TEST(H5adReader, ReadsVersion07AndTodaysAlike) {
  for (const std::string name : {"version_07", "today", "strings"}) {
    const H5adReader reader(test::comm(), made(name));
    expect_matrix(reader, "X", expected());
    const auto obs = reader.annotations("obs"), var = reader.annotations("raw/var");
    if (test::comm().is_root()) {
      expect_obs_of_any_version(obs);
      EXPECT_EQ(var.names.back(), "gène19");
    } else {
      EXPECT_EQ(obs.size(), 0);
    }
    expect_other_parts(reader);
  }
}

TEST(H5adReader, ReadsNullableColumns) {
  const auto obs = H5adReader(test::comm(), made("strings")).annotations("obs");
  if (!test::comm().is_root()) return;
  expect_column<std::vector<double>>(obs, "maybe_whole", [](const auto& v, std::size_t i) {
    EXPECT_TRUE(i % 4 == 0 ? std::isnan(v[i]) : v[i] == static_cast<double>(i));
  });
  expect_column<Categorical>(obs, "maybe_flag", [](const Categorical& c, std::size_t i) {
    EXPECT_EQ(c.codes[i], i % 4 == 0 ? -1 : i % 3 == 0 ? 1 : 0);
  });
  expect_column<Categorical>(obs, "maybe_text", [](const Categorical& c, std::size_t i) {
    if (i % 4 == 0) {
      EXPECT_EQ(c.codes[i], -1);
    } else {
      EXPECT_EQ(c.categories.at(static_cast<std::size_t>(c.codes[i])), "t" + std::to_string(i % 5));
    }
  });
}

TEST(H5adReader, ReadsNullableNames) {
  const H5adReader reader(test::comm(), made("nullable_names"));
  expect_matrix(reader, "X", expected());
  const auto obs = reader.annotations("obs");
  if (test::comm().is_root()) {
    EXPECT_EQ(obs.names[59], "cell59");
  }
}

/// Bytes that this process has read, by the kernel's account; -1 where there is none.
double bytes_read() {
  std::ifstream account("/proc/self/io");
  std::string word;
  double bytes = -1;
  account >> word >> bytes;
  return word == "rchar:" ? bytes : -1;
}

TEST(H5adReader, EachRankReadsItsRowsAndNoMore) {
  constexpr Index rows = 4000, columns = 400;
  test::TempFolder folder;
  const std::string path = folder / "large.h5ad";
  mpi::on_root(test::comm(), [&] {
    auto file = Hdf5File::create(path);
    for (const std::string table : {"obs", "var"}) {
      file.make_group(table);
      file.set_attribute(table, "_index", "names");
      file.set_attribute(table, "column-order", std::vector<std::string>{});
      file.write_strings(table + "/names",
                         std::vector<std::string>(static_cast<std::size_t>(table == "obs" ? rows : columns), "a"));
    }
    file.write<float>("X", std::vector<float>(static_cast<std::size_t>(rows * columns), 1.5f), {rows, columns});
    // CSR with every fourth entry.
    std::vector<Index> indptr, indices;
    for (Index i = 0; i <= rows; ++i) indptr.push_back(i * columns / 4);
    for (Index k = 0; k < rows * columns / 4; ++k) indices.push_back(4 * (k % (columns / 4)));
    file.make_group("layers/sparse");
    file.set_attribute("layers/sparse", "encoding-type", "csr_matrix");
    file.set_attribute("layers/sparse", "shape", std::vector<Index>{rows, columns});
    file.write("layers/sparse/indptr", indptr);
    file.write("layers/sparse/indices", indices);
    file.write("layers/sparse/data", std::vector<float>(indices.size(), 2.5f));
    file.close();
  });
  const H5adReader reader(test::comm(), path);
  const double share = static_cast<double>(reader.partition().count(test::comm().rank())) / rows;
  for (const auto& [element, bytes] :
       {std::pair{"X", 4.0 * rows * columns}, {"layers/sparse", 12.0 * rows * columns / 4}}) {
    const double before = bytes_read();
    const auto matrix = reader.matrix(element);
    const double read = bytes_read() - before;
    EXPECT_EQ(rows, replearn::rows(matrix));
    if (before >= 0) {
      EXPECT_LT(read, share * bytes + 2e5) << element;
    }
    if (before >= 0) {
      EXPECT_GT(read, 0.9 * share * bytes) << element;
    }
  }
}

TEST(H5adReader, ReadsTheCarriedData) {
  const H5adReader reader(test::comm(), std::string(REPLEARN_TEST_DATA) + "/pbmc68k_reduced/pbmc68k_reduced.h5ad");
  EXPECT_EQ(reader.rows(), 700);
  EXPECT_EQ(reader.columns(), 765);
  const auto obs = reader.annotations("obs");
  if (test::comm().is_root()) {
    const auto* labels = std::get_if<Categorical>(obs.find("bulk_labels"));
    ASSERT_NE(labels, nullptr);
    EXPECT_EQ(labels->categories.size(), 10u);
  }
}

// --- what is wrong is named, on all ranks alike

void refused(const std::string& file, const std::string& place, const std::string& what,
             const std::function<void(const H5adReader&)>& use = {}) {
  test::expect_input_error(
      [&] {
        const H5adReader reader(test::comm(), file);
        if (use) use(reader);
      },
      file, place, what);
}

/// A copy of a made file that root has changed with HDF5.
std::string spoilt(const test::TempFolder& folder, const std::string& name,
                   const std::function<void(Hdf5File&)>& change) {
  const std::string path = folder / "spoilt.h5ad";
  mpi::on_root(test::comm(), [&] {
    std::filesystem::copy_file(made(name), path, std::filesystem::copy_options::overwrite_existing);
    auto file = Hdf5File::modify(path);
    change(file);
    file.close();
  });
  return path;
}

TEST(H5adReader, RefusesWhatIsNoFileOfItsKind) {
  const test::TempFolder folder;
  refused(folder / "absent.h5ad", "", "no such file");
  refused(folder.put("empty.h5ad", ""), "", "empty");
  refused(folder.put("text.h5ad", "not HDF5"), "", "not an HDF5 file");
  refused(folder.put("half.h5ad", test::read_bytes(made("today")).substr(0, 20'000)), "", "truncated");
  refused(made("version_06"), "obs", "before 0.7");
  refused(std::string(REPLEARN_TEST_DATA) + "/formats/tenx_v3.h5", "obs", "not an AnnData");
}

TEST(H5adReader, RefusesDamagedMatrices) {
  const test::TempFolder folder;
  const auto x = [](const H5adReader& reader) { reader.matrix("X"); };
  const auto overwrite = [](const std::string& dataset, Index at, auto wrong) {
    return [=](Hdf5File& file) { file.write_rows<decltype(wrong)>(dataset, at, 1, {&wrong, 1}); };
  };
  refused(spoilt(folder, "today", overwrite("X/indices", 17, std::int32_t{20})), "X/indices", "entry 17 is 20", x);
  refused(spoilt(folder, "today", overwrite("X/indices", 100, std::int32_t{-1})), "X/indices", "entry 100 is -1", x);
  refused(spoilt(folder, "today", overwrite("X/indptr", 50, std::int32_t{3})), "X/indptr", "must rise", x);
  refused(spoilt(folder, "today", overwrite("X/indptr", 0, std::int32_t{1})), "X/indptr", "must rise", x);
  refused(spoilt(folder, "today", overwrite("X/data", 60, NAN)), "X/data", "entry 60 is not finite", x);
  refused(spoilt(folder, "today", overwrite("X/indices", 1, std::int32_t{0})), "X", "twice", x);
  refused(spoilt(folder, "today", [](Hdf5File& file) { H5Ldelete(file.id(), "X/indptr", H5P_DEFAULT); }), "X/indptr",
          "missing", x);
  refused(spoilt(folder, "today",
                 [](Hdf5File& file) {
                   file.set_attribute("X", "shape", std::vector<Index>{n + 1, m});
                 }),
          "X", "61 x 20");
}

}  // namespace
}  // namespace replearn::io
