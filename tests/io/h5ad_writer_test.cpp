// Bases are the files of make_h5ad.py. What is written stays there for check_h5ad.py, which reads it with anndata.
#include "io/anndata/h5ad_writer.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "formats_fixture.hpp"
#include "io/anndata/h5ad_reader.hpp"
#include "io/hdf5/hdf5_copy.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "support/random_rows.hpp"

namespace replearn::io {
namespace {

constexpr Index n = 60, m = 20;

std::string made(const std::string& name) {
  return std::string(REPLEARN_MADE_H5AD) + "/" + name + ".h5ad";
}
std::string written(const std::string& name) {
  return made("written_" + name + "_on_" + std::to_string(test::comm().size()));
}

/// Things to add; they must live until commit.
struct Added {
  DistributedMatrix map = my_rows_of(test::random_rows(n, 2, 61), test::comm());
  RowMatrix loadings = test::random_rows(m, 4, 62);
  NeighborGraph graph{RowPartition(n, test::comm().size()), test::comm().rank(), {0}, {}, {}};
  Matrix counts;

  Added() {
    SparseRows sparse{graph.partition, graph.rank, m, {0}, {}, {}};
    for (Index i = graph.first_row(); i < graph.partition.end(graph.rank); ++i) {
      graph.indices.insert(graph.indices.end(), {(i + 1) % n, (i + 2) % n});
      graph.distances.insert(graph.distances.end(), {0.5f, 1.5f});
      graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
      if (i % 3 != 0) {
        sparse.indices.push_back(static_cast<std::int32_t>(i % m));
        sparse.values.push_back(static_cast<float>(i));
      }
      sparse.offsets.push_back(static_cast<Index>(sparse.indices.size()));
    }
    counts = std::move(sparse);
  }

  void put(H5adWriter& writer) const {
    writer.put_obsm("X_map", map);
    writer.put_obsm("X_pca", map);  // replaces
    writer.put_varm("loadings", loadings);
    writer.put_graph("near", graph);
    writer.put_matrix("layers/more", counts);
    writer.put_obs_column("cluster", Categorical{std::vector<std::int32_t>(n, 1), {"a", "b"}, false});
    writer.put_obs_column("whole", std::vector<std::int64_t>(n, 4));  // replaces
    writer.put_obs_column("good", Flags{std::vector<std::uint8_t>(n, 1)});
    writer.put_var_column("score", std::vector<float>(m, 0.25f));
    ValueTree tree, inner;
    inner.set("who", "us").set("steps", 12);
    tree.set("params", std::move(inner)).set("loss", 1.5).set("ok", true);
    tree.set("history", std::vector<double>{3, 2, 1.5}).set("names", std::vector<std::string>{"x", "y"});
    writer.put_uns("map", std::make_shared<ValueTree>(std::move(tree)));
    writer.put_uns("replearn/map", std::string("said"));
  }
};

TEST(H5adWriter, AddsToWhatWasThere) {
  const Added added;
  for (const std::string base : {"version_07", "today", "strings"}) {
    H5adWriter writer(test::comm(), written(base));
    writer.base(made(base));
    added.put(writer);
    writer.commit();
    const H5adReader reader(test::comm(), written(base));
    EXPECT_EQ(reader.obsm("X_map").local, added.map.local);
    EXPECT_EQ(reader.obsm("X_pca").local, added.map.local);
    const auto graph = reader.graph("near");
    EXPECT_EQ(graph.indices, added.graph.indices);
    EXPECT_EQ(graph.distances, added.graph.distances);
    const auto more = std::get<SparseRows>(reader.matrix("layers/more"));
    EXPECT_EQ(more.values, std::get<SparseRows>(added.counts).values);
    EXPECT_EQ(more.indices, std::get<SparseRows>(added.counts).indices);
    const auto obs = reader.annotations("obs");
    if (test::comm().is_root()) {
      EXPECT_EQ(std::get<std::vector<std::int64_t>>(*obs.find("whole")).at(59), 4);
      EXPECT_EQ(std::get<Categorical>(*obs.find("cluster")).codes.at(7), 1);
      EXPECT_EQ(std::get<Categorical>(*obs.find("stage")).categories, (std::vector<std::string>{"1", "5", "10"}));
    }
  }
}

TEST(H5adWriter, CutsWhatLosesRowsAndColumns) {
  std::vector<std::uint8_t> rows(n), columns(m);  // check_h5ad.py cuts alike
  for (Index i = 0; i < n; ++i) rows[static_cast<std::size_t>(i)] = i % 7 != 1;
  for (Index j = 0; j < m; ++j) columns[static_cast<std::size_t>(j)] = j % 5 != 2;
  for (const std::string base : {"version_07", "today", "strings", "matrices"}) {
    const H5adReader whole(test::comm(), made(base));
    H5adWriter writer(test::comm(), written(base + "_cut"));
    writer.base(made(base));
    writer.keep_obs(rows);
    writer.keep_var(columns);
    writer.commit();
    const H5adReader reader(test::comm(), written(base + "_cut"));
    EXPECT_EQ(reader.rows(), 51);
    EXPECT_EQ(reader.columns(), 16);
    const RowMatrix before = test::gather(whole.matrix()), after = test::gather(reader.matrix());
    if (test::comm().is_root()) {
      EXPECT_EQ(after(50, 15), before(59, 19));
    }
  }
}

TEST(H5adWriter, WritesANewFile) {
  const Added added;
  const Matrix x = my_rows_of(test::random_rows(n, m, 63), test::comm());
  Annotations obs, var;
  if (test::comm().is_root()) {
    for (Index i = 0; i < n; ++i) obs.names.push_back("c" + std::to_string(i));
    for (Index j = 0; j < m; ++j) var.names.push_back("g" + std::to_string(j));
    std::vector<std::string> texts;
    for (Index i = 0; i < n; ++i) texts.push_back("é" + std::to_string(i));
    obs.set("text", texts);
    Categorical many;
    for (Index k = 0; k < 300; ++k) many.categories.push_back("k" + std::to_string(1000 + k));
    for (Index i = 0; i < n; ++i) many.codes.push_back(static_cast<std::int32_t>(5 * i - 1));
    obs.set("many", many);
  }
  H5adWriter writer(test::comm(), written("new"));
  writer.put_matrix("X", x);
  writer.put_obs(obs);
  writer.put_var(var);
  added.put(writer);
  writer.commit();
  const H5adReader reader(test::comm(), written("new"));
  EXPECT_EQ(std::get<DistributedMatrix>(reader.matrix()).local, std::get<DistributedMatrix>(x).local);
  const auto read = reader.annotations("obs");
  if (test::comm().is_root()) {
    EXPECT_EQ(std::get<Categorical>(*read.find("many")).codes.at(59), 294);
    EXPECT_EQ(read.names, obs.names);
  }
}

/// Rows of very unlike lengths: where a chunk ends, no rank does.
SparseRows uneven_rows(Index rows, Index columns) {
  const RowPartition partition(rows, test::comm().size());
  SparseRows sparse{partition, test::comm().rank(), columns, {0}, {}, {}};
  for (Index i = sparse.first_row(); i < partition.end(sparse.rank); ++i) {
    for (Index j = 0; j < columns; ++j) {
      if ((i * 7 + j) % (i % 5 == 0 ? 2 : 9) != 0) continue;
      sparse.indices.push_back(static_cast<std::int32_t>(j));
      sparse.values.push_back(static_cast<float>(i % 100 + j));
    }
    sparse.offsets.push_back(static_cast<Index>(sparse.indices.size()));
  }
  return sparse;
}

TEST(H5adWriter, CompressesWhatItWrites) {
  const test::TempFolder folder;
  const Index rows = 2000, columns = 600;
  const Matrix sparse = uneven_rows(rows, columns);
  const Matrix dense = to_dense(std::get<SparseRows>(sparse));
  const DistributedMatrix map = my_rows_of(test::random_rows(rows, 30, 64), test::comm());
  Annotations obs, var;
  if (test::comm().is_root()) {
    for (Index i = 0; i < rows; ++i) obs.names.push_back("c" + std::to_string(i));
    for (Index j = 0; j < columns; ++j) var.names.push_back("g" + std::to_string(j));
  }
  for (const std::string text : {"none", "gzip:1", "lzf"}) {
    const std::string path = folder / "out.h5ad";
    {
      H5adWriter writer(test::comm(), path);
      writer.compress(compression_from(text));
      writer.put_matrix("X", sparse);
      writer.put_matrix("layers/dense", dense);
      writer.put_obsm("X_map", map);
      writer.put_obs(obs);
      writer.put_var(var);
      // Boxes of any shape, from any rank.
      writer.put_computed("obsp/pairs", {rows, rows}, [&](const WriteBox& write) {
        for (Index tile = test::comm().rank(); tile < 100; tile += test::comm().size()) {
          const ArrayBox box{{tile / 10 * 200, tile % 10 * 200}, {200, 200}};
          std::vector<float> values;
          for (Index k = 0; k < 200 * 200; ++k) {
            values.push_back(static_cast<float>(box.begin[0] + k / 200) - static_cast<float>(box.begin[1] + k % 200));
          }
          write(box, values);
        }
      });
      writer.commit();
    }
    const H5adReader reader(test::comm(), path);
    EXPECT_EQ(text_of(compression_of_x(Hdf5File::open(path))), text);
    const auto x = std::get<SparseRows>(reader.matrix());
    EXPECT_EQ(x.indices, std::get<SparseRows>(sparse).indices);
    EXPECT_EQ(x.values, std::get<SparseRows>(sparse).values);
    EXPECT_EQ(std::get<DistributedMatrix>(reader.matrix("layers/dense")).local,
              std::get<DistributedMatrix>(dense).local);
    EXPECT_EQ(reader.obsm("X_map").local, map.local);
    std::vector<float> row(static_cast<std::size_t>(rows));
    reader.obsp_boxes("pairs")({{1234, 0}, {1, rows}}, row);
    EXPECT_EQ(row[0], 1234.0f);
    EXPECT_EQ(row[1999], 1234.0f - 1999.0f);
  }
}

// --- failures leave nothing behind

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(H5adWriter, FailureLeavesAnExistingOutputAsItWas) {
  const test::TempFolder folder;
  const std::string output = folder.put("out.h5ad", "precious"), base = folder / "base.h5ad";
  mpi::on_root(test::comm(), [&] {
    std::filesystem::copy_file(made("today"), base);
    auto file = Hdf5File::modify(base);
    file.write<float>("obsm/short", std::vector<float>(30, 0.0f), {30, 1});
    file.close();
  });
  H5adWriter writer(test::comm(), output);
  writer.base(base);
  writer.keep_obs(std::vector<std::uint8_t>(n, 1));
  test::expect_input_error([&] { writer.commit(); }, base, "obsm/short", "one row per name");
  EXPECT_EQ(test::read_bytes(output), "precious");
  mpi::barrier(test::comm());
  EXPECT_EQ(files_in(folder.path()), (std::vector<std::string>{"base.h5ad", "out.h5ad"}));
}

TEST(H5adWriter, AFileThatMayNotGrowIsASystemErrorOnAllRanks) {
  const test::TempFolder folder;
  const std::string output = folder.put("out.h5ad", "precious");
  const DistributedMatrix large = my_rows_of(RowMatrix::Ones(n, 20'000), test::comm());
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{}, little{};
  getrlimit(RLIMIT_FSIZE, &before);
  little = before;
  little.rlim_cur = 1'000'000;
  setrlimit(RLIMIT_FSIZE, &little);
  std::string message;
  try {
    H5adWriter writer(test::comm(), output);
    writer.base(made("today"));
    writer.put_obsm("large", large);
    writer.commit();
  } catch (const SystemError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(message.find("cannot be written"), std::string::npos) << message;
  EXPECT_EQ(test::read_bytes(output), "precious");
  mpi::barrier(test::comm());
  EXPECT_EQ(files_in(folder.path()), std::vector<std::string>{"out.h5ad"});
}

TEST(H5adWriter, TellsWhyAnObjectCannotBeMade) {
  if (!test::comm().is_root()) return;
  const std::string source_name = "source_on_" + std::to_string(test::comm().size());
  auto source = Hdf5File::create(made(source_name));
  source.write("values", std::vector<std::int64_t>{1, 2, 3});
  source.close();
  source = Hdf5File::open(made(source_name));
  auto copy = Hdf5File::create(made("copy_of_" + source_name));
  copy.make_group("values");
  try {
    Hdf5Copier(source, copy, [](const auto&, const auto&) { return true; }).copy_dataset("values");
    FAIL() << "two objects of one name";
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find("name already exists"), std::string::npos) << error.what();
  }
}

TEST(H5adWriter, RefusesAnOutputThatCannotBe) {
  const test::TempFolder folder;
  test::expect_input_error([&] { H5adWriter(test::comm(), folder / "no/out.h5ad"); }, "no/out.h5ad", "",
                           "does not exist");
  test::expect_input_error([&] { H5adWriter(test::comm(), folder.path()); }, folder.path(), "", "is a folder");
  test::expect_input_error(
      [&] {
        H5adWriter writer(test::comm(), made("today"));
        writer.base(made("../made/today"));
      },
      made("today"), "", "is both the input");
}

}  // namespace
}  // namespace replearn::io
