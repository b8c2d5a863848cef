#include <gtest/gtest.h>

#include "formats_fixture.hpp"
#include "io/input.hpp"
#include "io/tenx/matrix_market.hpp"

namespace replearn {
namespace {

using test::comm;
using test::expect_input_error;
using test::TempFolder;

const std::string data_folder = REPLEARN_TEST_DATA "/formats/";
const std::string banner = "%%MatrixMarket matrix coordinate integer general\n";

ExpressionMatrix read(const std::string& path, const std::string& genome = "") {
  io::InputOptions options;
  options.genome = genome;
  return io::read_expression(comm(), path, options);
}

/// A folder of `cells` cells and `genes` genes around the given matrix file.
std::string make_folder(const TempFolder& folder, const std::string& matrix, int cells = 8, int genes = 3) {
  std::string barcodes, features;
  for (int i = 0; i < cells; ++i) barcodes += "cell" + std::to_string(i) + "\n";
  for (int j = 0; j < genes; ++j) features += "id" + std::to_string(j) + "\tgene" + std::to_string(j) + "\n";
  folder.put("barcodes.tsv", barcodes);
  folder.put("features.tsv", features);
  folder.put("matrix.mtx", matrix);
  return folder.path();
}

TEST(TenxFolder, GivesWhatScanpyReads) {
  const auto expected = test::read_expected("tenx");
  const auto v3 = read(data_folder + "tenx_v3");
  test::expect_equals(v3, expected);
  EXPECT_EQ(mpi::all_reduce(comm(), std::get<SparseRows>(v3.x).local_nonzeros(), mpi::Reduction::sum), expected.stored);
  if (comm().is_root()) {
    EXPECT_EQ(v3.var.column_names(), (std::vector<std::string>{"gene_ids", "feature_types"}));
    EXPECT_EQ(std::get<std::vector<std::string>>(*v3.var.find("gene_ids"))[7], "ENSG00000000007");
    EXPECT_EQ(std::get<Categorical>(*v3.var.find("feature_types")).categories,
              (std::vector<std::string>{"Antibody Capture", "Gene Expression"}));
  }
  test::expect_equals(read(data_folder + "tenx_v3/matrix.mtx.gz"), expected);
  const auto v2 = read(data_folder + "tenx_v2/hg19");
  test::expect_equals(v2, expected);
  if (comm().is_root()) {
    EXPECT_EQ(v2.var.column_names(), (std::vector<std::string>{"gene_ids"}));
  }
  test::expect_equals(read(data_folder + "tenx_v2"), expected);  // the folder above, with its only genome
  test::expect_equals(read(data_folder + "tenx_v2", "hg19"), expected);
}

TEST(TenxFolder, TakesTheFilesOfOneSampleByTheirPrefix) {
  TempFolder folder;
  folder.put("GSM1_barcodes.tsv.gz", "a\nb\nc\nd\n");
  folder.put("GSM1_features.tsv.gz", "g1\ng2\n");
  const auto path = folder.put("GSM1_matrix.mtx.gz", banner + "2 4 1\n2 3 5\n");
  const auto data = read(path);
  const auto x = test::gather(data.x);
  if (comm().is_root()) {
    EXPECT_EQ(x(2, 1), 5);
    EXPECT_EQ(data.var.names, (std::vector<std::string>{"g1", "g2"}));
  }
}

/// Entries of 90 cells x 11 genes in a scattered order, against a matrix filled by hand; pieces down to a line.
TEST(MatrixMarket, OrderAndPiecesDoNotMatter) {
  TempFolder folder;
  const Index cells = 90, genes = 11;
  RowMatrix wanted = RowMatrix::Zero(cells, genes);
  std::string entries;
  Index count = 0;
  for (Index k = 0; k < cells * genes; ++k) {
    const Index at = k * 367 % (cells * genes);  // 367 is prime: each place once
    if (at % 3 == 0) continue;
    const float value = static_cast<float>(at) / 8 - 50;
    wanted(at / genes, at % genes) = value;
    std::ostringstream line;
    line << at % genes + 1 << " " << at / genes + 1 << (k % 2 ? "\t" : "  ") << value << (k % 5 ? "\n" : " \r\n");
    entries += line.str();
    ++count;
  }
  entries.pop_back();
  const auto text = "%%MatrixMarket matrix coordinate real general\n% a comment\n" + std::to_string(genes) + " " +
                    std::to_string(cells) + " " + std::to_string(count) + "\n" + entries;
  for (const auto& path : {folder.put("m.mtx", text), folder.put("m.mtx.gz", text)}) {
    const auto header = io::read_matrix_market_header(path);
    EXPECT_EQ(header.rows, genes);
    EXPECT_EQ(header.columns, cells);
    EXPECT_EQ(header.entries, count);
    for (const Index piece : {3, 50, 1000, 0}) {
      const Matrix x = io::read_matrix_market(comm(), path, header, io::CellAxis::columns, Log(), piece);
      const auto& mine = std::get<SparseRows>(x);
      for (std::size_t i = 0; i + 1 < mine.offsets.size(); ++i) {
        for (Index k = mine.offsets[i] + 1; k < mine.offsets[i + 1]; ++k) {
          EXPECT_LT(mine.indices[static_cast<std::size_t>(k) - 1], mine.indices[static_cast<std::size_t>(k)]);
        }
      }
      const auto whole = test::gather(x);
      if (comm().is_root()) test::expect_same(whole, wanted);
    }
  }
}

TEST(MatrixMarket, PatternsAreOnesAndCellsMayBeRows) {
  TempFolder folder;
  const auto path =
      make_folder(folder, "%%MatrixMarket matrix coordinate pattern general\n8 3 3\n1 1\n8 3\n4 2\n");  // cells x genes
  const auto x = test::gather(read(path).x);
  RowMatrix wanted = RowMatrix::Zero(8, 3);
  wanted(0, 0) = wanted(7, 2) = wanted(3, 1) = 1;
  if (comm().is_root()) test::expect_same(x, wanted);
}

TEST(MatrixMarket, NamesTheLineThatIsWrong) {
  const auto fails = [](const std::string& matrix, const std::string& place, const std::string& what) {
    TempFolder folder;
    const auto path = make_folder(folder, matrix);
    expect_input_error([&] { read(path); }, "matrix.mtx", place, what);
  };
  const std::string head = banner + "%\n3 8 2\n";
  fails(head + "1 1 1\n4 1 1\n", "line 5", "row 4 of a matrix of 3 rows");
  fails(head + "1 1 1\n0 1 1\n", "line 5", "row 0");
  fails(head + "1 9 1\n1 1 1\n", "line 4", "column 9 of a matrix of 8 columns");
  fails(head + "1 1 1\n\n1 2\n", "line 6", "'1 2' is not an entry");
  fails(head + "1 1 1\n1 2 x\n", "line 5", "is not an entry");
  fails(head + "1 1 1\n1 2 3 4\n", "line 5", "is not an entry");
  fails(head + "1 1 1\n1.5 2 3\n", "line 5", "is not an entry");
  fails(head + "1 1 1\n99999999999999999999 2 3\n", "line 5", "is not an entry");
  fails(head + "1 1 1\n1 2 nan\n", "line 5", "'nan' is not a finite number");
  fails(head + "1 1 1\n1 2 -inf\n", "line 5", "not a finite number");
  fails(head + "1 1 1\n", "line 3", "declares 2 entries, the file contains 1");
  fails(head + "1 1 1\n1 2 1\n1 3 1\n", "line 3", "declares 2 entries, the file contains 3");
  fails(head + "1 1 1 0 2\n2 1 1 0 1\n", "line 4", "three values, like STARsolo's Velocyto matrix");
  fails("%%MatrixMarket matrix array real general\n3 8\n", "line 1", "dense");
  fails("%%MatrixMarket matrix coordinate complex general\n3 8 0\n", "line 1", "integer, real or pattern");
  fails("%%MatrixMarket matrix coordinate real symmetric\n3 3 0\n", "line 1", "symmetric");
  fails("3 8 1\n1 1 1\n", "line 1", "not that of a Matrix Market file");
  fails(banner + "% no more\n", "line 3", "ends before its size line");
  fails(banner + "3 8\n", "line 2", "size line");
  fails(banner + "3 8 -2\n", "line 2", "size line");
}

/// The first error in the file is told, whichever rank meets which: two errors, far apart.
TEST(MatrixMarket, TellsTheFirstErrorOnAnyNumberOfRanks) {
  TempFolder folder;
  std::string text = banner + "3 8 5000\n";
  for (int k = 0; k < 5000; ++k) text += k == 1000 || k == 4000 ? "7 1 1\n" : "1 1 1\n";
  const auto path = folder.put("m.mtx.gz", text);
  const auto header = io::read_matrix_market_header(path);
  expect_input_error([&] { io::read_matrix_market(comm(), path, header, io::CellAxis::columns, Log(), 200); },
                     "m.mtx.gz", "line 1003", "row 7");
}

TEST(MatrixMarket, EntriesOfOnePlaceAreSummedInAnyOrder) {
  for (const char* entries : {"2 7 1\n1 1 4\n2 7 0.25\n2 7 -3\n", "2 7 -3\n2 7 1\n2 7 0.25\n1 1 4\n"}) {
    TempFolder folder;
    const auto path =
        make_folder(folder, "%%MatrixMarket matrix coordinate float general\n3 8 4\n" + std::string(entries));
    const auto data = read(path);
    EXPECT_EQ(mpi::all_reduce(comm(), std::get<SparseRows>(data.x).local_nonzeros(), mpi::Reduction::sum), 2);
    const auto x = test::gather(data.x);
    RowMatrix wanted = RowMatrix::Zero(8, 3);
    wanted(6, 1) = -1.75f;
    wanted(0, 0) = 4;
    if (comm().is_root()) test::expect_same(x, wanted);
  }
}

TEST(TenxFolder, SaysWhatIsMissingOrDoesNotFit) {
  {
    TempFolder folder;
    folder.put("readme.txt", "x");
    expect_input_error([&] { read(folder.path()); }, folder.path(), "", "there is no matrix.mtx");
    expect_input_error([&] { read(folder / "none"); }, "none", "", "no such file");
  }
  {
    TempFolder folder;
    folder.put("matrix.mtx", banner + "3 8 0\n");
    expect_input_error([&] { read(folder.path()); }, folder.path(), "", "no barcodes.tsv");
    folder.put("barcodes.tsv", "a\n");
    expect_input_error([&] { read(folder / "matrix.mtx"); }, "matrix.mtx", "", "no features.tsv or genes.tsv");
  }
  {
    TempFolder folder;
    make_folder(folder, banner + "3 8 0\n", 7, 3);
    expect_input_error([&] { read(folder.path()); }, "barcodes.tsv", "", "has 7 lines");
    make_folder(folder, banner + "3 8 0\n", 8, 4);
    expect_input_error([&] { read(folder.path()); }, "features.tsv", "", "has 4 lines");
    make_folder(folder, banner + "3 8 0\n");
    folder.put("barcodes.tsv", "a\nb\nc\nd\ne\nf\nb\nh\n");
    if (comm().size() <= 8) {
      const auto twice = read(folder.path());
      if (comm().is_root()) {
        EXPECT_EQ(twice.obs.names[6], "b-1");
      }
    }
    expect_input_error([&] { read(folder.path(), "hg19"); }, folder.path(), "", "genome");
  }
  {
    TempFolder folder;
    for (const char* genome : {"hg19", "mm10"}) folder.put(std::string(genome) + "/matrix.mtx", banner + "1 1 0\n");
    expect_input_error([&] { read(folder.path()); }, folder.path(), "", "several genomes: hg19, mm10");
    expect_input_error([&] { read(folder.path(), "mm9"); }, folder.path(), "", "no genome 'mm9'");
  }
  {
    TempFolder folder;
    make_folder(folder, banner + "3 1 0\n", 1, 3);
    EXPECT_EQ(rows(read(folder.path()).x), 1);  // on any number of ranks
  }
}

}  // namespace
}  // namespace replearn
