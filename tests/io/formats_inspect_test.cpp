#include <gtest/gtest.h>

#include <algorithm>

#include "formats_fixture.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/input.hpp"

namespace replearn {
namespace {

using test::expect_input_error;
using test::TempFolder;
using Texts = std::vector<std::string>;

const std::string data_folder = REPLEARN_TEST_DATA "/formats/";

void expect_lines(const Texts& got, const Texts& wanted) {
  std::string all;
  for (const auto& line : got) all += line + "\n";
  for (const auto& line : wanted)
    EXPECT_NE(std::find(got.begin(), got.end(), line), got.end()) << line << " in\n" << all;
}

TEST(Inspect, TenxFolder) {
  expect_lines(io::inspect(data_folder + "tenx_v3", {}),
               {"format: 10x matrix folder (Matrix Market)", "rows x columns: 50 x 30 (cells x genes)",
                "stored values: 266 (17.7 %), integer", "orientation: cells are columns of the file",
                "2 gene names occur more than once", "  gene_ids: strings",
                "  feature_types: categorical, 2 categories (Antibody Capture, Gene Expression)"});
}

TEST(Inspect, TenxHdf5) {
  expect_lines(io::inspect(data_folder + "tenx_v3.h5", {}),
               {"format: 10x Genomics HDF5", "version: 3", "rows x columns: 50 x 30 (cells x genes)",
                "stored values: 266 (17.7 %), int32, not compressed", "indices: int64, indptr: int64",
                "  genome: categorical, GRCh38, mm10"});
  expect_lines(io::inspect(data_folder + "tenx_v2.h5", {}),
               {"version: 2, genome hg19", "version: 2, genome mm10", "indices: uint32, indptr: uint64"});
  io::InputOptions mouse;
  mouse.genome = "mm10";
  const auto lines = io::inspect(data_folder + "tenx_v2.h5", mouse);
  expect_lines(lines, {"version: 2, genome mm10"});
  EXPECT_EQ(std::find(lines.begin(), lines.end(), "version: 2, genome hg19"), lines.end());
}

TEST(Inspect, Delimited) {
  expect_lines(
      io::inspect(data_folder + "cells.csv", {}),
      {"format: delimited text", "layout: 30 columns of numbers, comma-separated, with a header, with row names",
       "rows x columns: 50 x 30 (rows of the file are cells)", "column names: Gene0, Gene1, Gene2, ..."});
  io::InputOptions transpose;
  transpose.transpose = true;
  expect_lines(io::inspect(data_folder + "genes.tsv.gz", transpose),
               {"layout: 50 columns of numbers, tab-separated, with a header, with row names",
                "rows x columns: 50 x 30 (rows of the file are genes)"});
}

/// Written by hand here in anndata's encoding: what matters is which attributes and members inspect looks at.
TEST(Inspect, H5ad) {
  TempFolder folder;
  const auto path = folder / "t.h5ad";
  {
    auto file = io::Hdf5File::create(path);
    file.set_attribute("/", "encoding-type", std::string("anndata"));
    file.set_attribute("/", "encoding-version", std::string("0.1.0"));
    for (const std::string table : {"obs", "var"}) {
      file.make_group(table);
      file.set_attribute(table, "_index", std::string("_index"));
      file.write_strings(table + "/_index", table == "obs" ? Texts{"a", "b", "c", "d"} : Texts{"g", "h"});
    }
    file.set_attribute("obs", "column-order", Texts{"type", "depth"});
    file.set_attribute("var", "column-order", Texts{});
    file.write("obs/depth", std::vector<std::int64_t>{1, 2, 3, 4});
    file.make_group("obs/type");
    file.write_strings("obs/type/categories", {"B", "T", "NK"});
    file.write("obs/type/codes", std::vector<std::int8_t>{0, 1, 2, 0});
    file.make_group("X");
    file.set_attribute("X", "encoding-type", std::string("csr_matrix"));
    file.set_attribute("X", "shape", std::vector<Index>{4, 2});
    file.write("X/data", std::vector<float>{1, 2});
    file.make_group("obsm");
    file.write<float>("obsm/X_pca", std::vector<float>(12, 0.f), {4, 3});
    file.make_group("uns/pca");
    file.close();
  }
  expect_lines(io::inspect(path, {}),
               {"format: AnnData (.h5ad)", "encoding: anndata 0.1.0", "rows x columns: 4 x 2 (cells x genes)",
                "X: csr_matrix, 4 x 2, 2 (25 %) values stored, float32, not compressed",
                "obs columns:", "  type: categorical, 3 categories", "  depth: int64", "var columns: none",
                "obsm:", "  X_pca: dense, 4 x 3, float32, not compressed", "uns: pca"});
}

TEST(Inspect, SaysWhatIsWrong) {
  TempFolder folder;
  expect_input_error([&] { io::inspect(folder / "none", {}); }, "none", "", "no such file");
  const auto cut = folder.put("cut.h5", test::read_bytes(data_folder + "tenx_v3.h5").substr(0, 4000));
  expect_input_error([&] { io::inspect(cut, {}); }, "cut.h5", "", "truncated");
}

}  // namespace
}  // namespace replearn
