#include <gtest/gtest.h>
#include <hdf5.h>

#include <functional>

#include "formats_fixture.hpp"
#include "io/input.hpp"

namespace replearn {
namespace {

using test::comm;
using test::expect_input_error;
using test::TempFolder;

const std::string data_folder = REPLEARN_TEST_DATA "/formats/";

ExpressionMatrix read(const std::string& path, const std::string& genome = "") {
  io::InputOptions options;
  options.genome = genome;
  return io::read_expression(comm(), path, options);
}

/// The parts of a 10x file, to be changed before it is written: 5 cells x 3 genes by default.
struct Parts {
  std::vector<std::int32_t> data{1, 2, 3, 4};
  std::vector<std::int64_t> indices{2, 0, 1, 2};  // the first cell's are not in order
  std::vector<std::int64_t> indptr{0, 2, 2, 3, 3, 4};
  std::vector<std::int32_t> shape{3, 5};
  std::vector<std::string> barcodes{"a", "b", "c", "d", "e"};
  std::vector<std::string> ids{"i1", "i2", "i3"}, names{"g1", "g2", "g3"};
  std::vector<std::string> genomes{"hg19", "hg19", "mm10"};
  std::vector<double> real_data;  // if not empty, instead of data
};

template <class T>
void put(hid_t group, const char* name, hid_t type, const std::vector<T>& values) {
  const hsize_t size = values.size();
  const hid_t space = H5Screate_simple(1, &size, nullptr);
  const hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (size > 0) H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(set);
  H5Sclose(space);
}

void put(hid_t group, const char* name, const std::vector<std::string>& values) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  std::vector<const char*> texts;
  for (const auto& value : values) texts.push_back(value.c_str());
  put(group, name, type, texts);
  H5Tclose(type);
}

void put_matrix(hid_t group, const Parts& parts) {
  if (parts.real_data.empty()) {
    put(group, "data", H5T_NATIVE_INT32, parts.data);
  } else {
    put(group, "data", H5T_NATIVE_DOUBLE, parts.real_data);
  }
  put(group, "indices", H5T_NATIVE_INT64, parts.indices);
  put(group, "indptr", H5T_NATIVE_INT64, parts.indptr);
  put(group, "shape", H5T_NATIVE_INT32, parts.shape);
  put(group, "barcodes", parts.barcodes);
}

/// Collective; the path.
std::string write_v3(const TempFolder& folder, const Parts& parts, const std::function<void(hid_t)>& more = {}) {
  const auto path = folder / "t.h5";
  if (comm().is_root()) {
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t group = H5Gcreate2(file, "matrix", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_matrix(group, parts);
    const hid_t features = H5Gcreate2(group, "features", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put(features, "id", parts.ids);
    put(features, "name", parts.names);
    put(features, "genome", parts.genomes);
    H5Gclose(features);
    if (more) more(file);
    H5Gclose(group);
    H5Fclose(file);
  }
  mpi::barrier(comm());
  return path;
}

TEST(TenxHdf5, GivesWhatScanpyReads) {
  const auto expected = test::read_expected("tenx");
  const auto v3 = read(data_folder + "tenx_v3.h5");
  test::expect_equals(v3, expected);
  if (comm().is_root()) {
    EXPECT_EQ(v3.var.column_names(), (std::vector<std::string>{"gene_ids", "feature_types", "genome"}));
    EXPECT_EQ(std::get<std::vector<std::string>>(*v3.var.find("gene_ids"))[29], "ENSG00000000029");
    const auto& genome = std::get<Categorical>(*v3.var.find("genome"));
    EXPECT_EQ(genome.categories, (std::vector<std::string>{"GRCh38", "mm10"}));
    EXPECT_EQ(genome.codes[29], -1);
  }
  test::expect_equals(read(data_folder + "tenx_v2.h5", "hg19"), expected);
  auto doubled = expected;
  doubled.x *= 2;
  test::expect_equals(read(data_folder + "tenx_v2.h5", "mm10"), doubled);
}

TEST(TenxHdf5, AGenomeOfVersion3ChoosesItsFeatures) {
  const auto expected = test::read_expected("tenx");
  const auto mouse = read(data_folder + "tenx_v3.h5", "mm10");
  const auto x = test::gather(mouse.x);
  if (comm().is_root()) {
    test::expect_same(x, expected.x.middleCols(20, 7));
    // Unique among themselves: the name that three genes share stands here once.
    EXPECT_EQ(mouse.var.names[0], "Gene3");
    EXPECT_EQ(mouse.var.names[6], "Gene26");
  }
  expect_input_error([] { read(data_folder + "tenx_v3.h5", "mm9"); }, "tenx_v3.h5", "matrix/features/genome",
                     "no genome 'mm9'");
}

TEST(TenxHdf5, BringsColumnsIntoOrder) {
  TempFolder folder;
  if (comm().size() > 5) GTEST_SKIP();
  const auto data = read(write_v3(folder, {}));
  const auto x = test::gather(data.x);
  RowMatrix wanted = RowMatrix::Zero(5, 3);
  wanted(0, 2) = 1;
  wanted(0, 0) = 2;
  wanted(2, 1) = 3;
  wanted(4, 2) = 4;
  if (comm().is_root()) test::expect_same(x, wanted);
  for (const auto& part : mpi::all_gather_v(comm(), std::get<SparseRows>(data.x).indices)) EXPECT_LT(part, 3);
  if (comm().is_root() && comm().size() == 1) {
    EXPECT_EQ(std::get<SparseRows>(data.x).indices, (std::vector<std::int32_t>{0, 2, 1, 2}));
  }
}

TEST(TenxHdf5, NamesTheDatasetThatIsWrong) {
  const auto fails = [](const std::function<void(Parts&)>& spoil, const std::string& place, const std::string& what,
                        const std::string& genome = "") {
    TempFolder folder;
    Parts parts;
    spoil(parts);
    const auto path = write_v3(folder, parts);
    expect_input_error([&] { read(path, genome); }, "t.h5", place, what);
  };
  if (comm().size() > 5) GTEST_SKIP();
  fails([](Parts& p) { p.indices[2] = 3; }, "matrix/indices", "3");
  fails([](Parts& p) { p.indices[2] = -1; }, "matrix/indices", "-1");
  fails([](Parts& p) { p.indices[1] = 2; }, "matrix/indices", "twice");
  fails([](Parts& p) { p.indices.push_back(1); }, "matrix/indices", "5");
  fails([](Parts& p) { p.indptr = {0, 2, 1, 3, 3, 4}; }, "matrix/indptr", "rise");
  fails([](Parts& p) { p.indptr = {1, 2, 2, 3, 3, 4}; }, "matrix/indptr", "0");
  fails([](Parts& p) { p.indptr = {0, 2, 2, 3, 4}; }, "matrix/indptr", "5");
  fails([](Parts& p) { p.indptr.back() = 9; }, "matrix/indptr", "9");
  fails([](Parts& p) { p.shape = {3}; }, "matrix/shape", "");
  fails([](Parts& p) { p.shape = {3, 6}; }, "matrix/indptr", "6 values where there should be 7");
  fails([](Parts& p) { p.barcodes.pop_back(); }, "matrix/barcodes", "4 values where there should be 5");
  fails([](Parts& p) { p.names.pop_back(); }, "matrix/features/name", "2");
  fails([](Parts& p) { p.real_data = {1, 2, std::nan(""), 4}; }, "matrix/data", "not finite");
  fails([](Parts& p) { p.real_data = {1, 2, 3, 1e300}; }, "matrix/data", "not finite");
}

TEST(TenxHdf5, SaysWhatIsMissing) {
  TempFolder folder;
  const auto delete_one = [](const char* name) { return [name](hid_t file) { H5Ldelete(file, name, H5P_DEFAULT); }; };
  if (comm().size() > 5) GTEST_SKIP();
  for (const char* name : {"matrix/data", "matrix/indptr", "matrix/features/name"}) {
    const auto path = write_v3(folder, {}, delete_one(name));
    expect_input_error([&] { read(path); }, "t.h5", name, "");
  }
  expect_input_error([] { read(data_folder + "tenx_v2.h5"); }, "tenx_v2.h5", "", "several genomes");
  expect_input_error([] { read(data_folder + "tenx_v2.h5", "mm9"); }, "tenx_v2.h5", "", "no genome 'mm9'");

  const auto other = folder / "other.h5";
  if (comm().is_root()) {
    const hid_t file = H5Fcreate(other.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "numbers", H5T_NATIVE_INT32, std::vector<std::int32_t>{1});
    H5Fclose(file);
  }
  mpi::barrier(comm());
  expect_input_error([&] { read(other); }, "other.h5", "", "neither AnnData nor 10x");

  const auto bytes = test::read_bytes(data_folder + "tenx_v3.h5");
  const auto cut = folder.put("cut.h5", bytes.substr(0, bytes.size() / 2));
  expect_input_error([&] { read(cut); }, "cut.h5", "", "");
}

TEST(TenxHdf5, RefusesMoreRanksThanCells) {
  TempFolder folder;
  Parts one;
  one.data = {1};
  one.indices = {0};
  one.indptr = {0, 1};
  one.shape = {3, 1};
  one.barcodes = {"a"};
  const auto path = write_v3(folder, one);
  EXPECT_EQ(rows(read(path).x), 1);  // on any number of ranks
}

}  // namespace
}  // namespace replearn
