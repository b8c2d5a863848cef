// Folders and tables as other programs and people write them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/unicode.hpp"
#include "formats_fixture.hpp"
#include "io/input.hpp"
#include "io/tables/delimited.hpp"
#include "io/tables/table_names.hpp"
#include "io/text/encoding.hpp"

namespace replearn {
namespace {

using test::comm;
using test::expect_input_error;
using test::TempFolder;
using Texts = std::vector<std::string>;

const std::string banner = "%%MatrixMarket matrix coordinate integer general\n";

/// 4 cells x 3 genes; the value of cell i and gene j is 10 i + j + 1.
std::string entries(bool cells_are_rows) {
  std::string text = banner + (cells_are_rows ? "4 3 12\n" : "3 4 12\n");
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 3; ++j) {
      const auto cell = std::to_string(i + 1), gene = std::to_string(j + 1);
      text += (cells_are_rows ? cell + " " + gene : gene + " " + cell) + " " + std::to_string(10 * i + j + 1) + "\n";
    }
  }
  return text;
}

RowMatrix values() {
  RowMatrix x(4, 3);
  for (Index i = 0; i < 4; ++i) {
    for (Index j = 0; j < 3; ++j) x(i, j) = static_cast<float>(10 * i + j + 1);
  }
  return x;
}

ExpressionMatrix expect_read(const std::string& path, const Texts& cells, const Texts& genes,
                             const io::InputOptions& options = {}) {
  auto data = io::read_expression(comm(), path, options);
  const auto x = test::gather(data.x);
  if (comm().is_root()) {
    test::expect_same(x, values());
    EXPECT_EQ(data.obs.names, cells) << path;
    EXPECT_EQ(data.var.names, genes) << path;
  }
  return data;
}

const Texts cells{"c1", "c2", "c3", "c4"}, genes{"g1", "g2", "g3"};

TEST(Folders, OfKbPython) {
  TempFolder folder;
  folder.put("counts_unfiltered/cells_x_genes.mtx", entries(true));
  folder.put("counts_unfiltered/cells_x_genes.barcodes.txt", "c1\nc2\nc3\nc4\n");
  folder.put("counts_unfiltered/cells_x_genes.genes.txt", "i1\ni2\ni3\n");
  expect_read(folder / "counts_unfiltered", cells, {"i1", "i2", "i3"});
  folder.put("counts_unfiltered/cells_x_genes.genes.names.txt", "g1\ng2\ng3\n");
  for (const auto& path : {folder.path(), folder / "counts_unfiltered/cells_x_genes.mtx"}) {
    const auto data = expect_read(path, cells, genes);
    if (comm().is_root()) {
      EXPECT_EQ(std::get<Texts>(*data.var.find("gene_ids")), (Texts{"i1", "i2", "i3"}));
    }
  }
}

TEST(Folders, OfAlevinFry) {
  TempFolder folder;
  folder.put("alevin/quants_mat.mtx", entries(true));
  folder.put("alevin/quants_mat_rows.txt", "c1\nc2\nc3\nc4\n");
  folder.put("alevin/quants_mat_cols.txt", "g1\ng2\ng3\n");
  expect_read(folder.path(), cells, genes);
}

TEST(Folders, OfAlevinFryInUsaMode) {
  TempFolder folder;  // 2 cells x (2 genes: spliced, unspliced, ambiguous)
  folder.put("alevin/quants_mat.mtx",
             "%%MatrixMarket matrix coordinate real general\n2 6 6\n1 1 1\n1 3 10\n1 5 100\n2 2 2\n2 4 20\n2 5 0.5\n");
  folder.put("alevin/quants_mat_rows.txt", "c1\nc2\n");
  folder.put("alevin/quants_mat_cols.txt", "g1\ng2\ng1-U\ng2-U\ng1-A\ng2-A\n");
  if (comm().size() > 2) return;
  const auto data = io::read_expression(comm(), folder.path(), {});
  const RowMatrix x = test::gather(data.x);
  if (!comm().is_root()) return;
  EXPECT_EQ(data.var.names, (Texts{"g1", "g2"}));
  ASSERT_EQ(x.cols(), 2);
  EXPECT_EQ(x(0, 0), 101);
  EXPECT_EQ(x(0, 1), 0);
  EXPECT_EQ(x(1, 0), 0.5F);
  EXPECT_EQ(x(1, 1), 2);
}

TEST(Folders, OfParse) {
  TempFolder folder;
  folder.put("count_matrix.mtx", entries(true));
  folder.put("cell_metadata.csv", "bc_wells,sample,tscp_count\nc1,a,7\nc2,a,8\nc3,b,9\nc4,b,1\n");
  folder.put("all_genes.csv", "gene_id,gene_name,genome\ni1,g1,hg38\ni2,g2,hg38\ni3,g3,hg38\n");
  const auto data = expect_read(folder.path(), cells, genes);
  if (comm().is_root()) {
    EXPECT_EQ(std::get<Categorical>(*data.obs.find("sample")).categories, (Texts{"a", "b"}));
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(*data.obs.find("tscp_count"))[2], 9);
    EXPECT_EQ(std::get<Texts>(*data.var.find("gene_ids")), (Texts{"i1", "i2", "i3"}));
  }
}

TEST(Folders, OfGeo) {
  TempFolder folder;
  folder.put("GSM1_A-matrix.mtx.gz", entries(false));
  folder.put("GSM1_A-barcodes.tsv.gz", "c1\nc2\nc3\nc4\n");
  folder.put("GSE9_features.tsv.gz", "i1\tg1\tGene Expression\ni2\tg2\tGene Expression\ni3\tg3\tGene Expression\n");
  expect_read(folder.path(), cells, genes);
  folder.put("GSM2_B-matrix.mtx.gz", entries(false));
  folder.put("GSM2_B-barcodes.tsv.gz", "d1\nd2\nd3\nd4\n");
  expect_input_error([&] { io::read_expression(comm(), folder.path(), {}); }, folder.path(), "",
                     "several matrices: GSM1_A-matrix.mtx.gz, GSM2_B-matrix.mtx.gz");
  expect_read(folder / "GSM2_B-matrix.mtx.gz", {"d1", "d2", "d3", "d4"}, genes);
  io::InputOptions options;
  options.barcodes = folder / "GSM1_A-barcodes.tsv.gz";
  expect_read(folder / "GSM2_B-matrix.mtx.gz", cells, genes, options);
}

TEST(Folders, OfStarsoloWithRawAndFiltered) {
  TempFolder folder;
  for (const std::string kind : {"raw", "filtered"}) {
    folder.put("Gene/" + kind + "/matrix.mtx", entries(false));
    folder.put("Gene/" + kind + "/barcodes.tsv", "c1\nc2\nc3\nc4\n");
    folder.put("Gene/" + kind + "/features.tsv", "i1\tg1\ni2\tg2\ni3\tg3\n");
  }
  expect_input_error([&] { io::read_expression(comm(), folder.path(), {}); }, folder.path(), "",
                     "several matrices: Gene/filtered, Gene/raw");
  expect_read(folder / "Gene/filtered", cells, genes);
  folder.put("Gene/raw/UniqueAndMult-EM.mtx",
             "%%MatrixMarket matrix coordinate float general\n" + entries(false).substr(banner.size()));
  expect_read(folder / "Gene/raw/UniqueAndMult-EM.mtx", cells, genes);
}

TEST(Folders, OfZarrSayHowToConvert) {
  TempFolder folder;
  folder.put(".zgroup", "{\"zarr_format\": 2}");
  expect_input_error([&] { io::read_expression(comm(), folder.path(), {}); }, folder.path(), "", "a Zarr store");
}

TEST(Folders, TablesOfNamesAsPeopleHaveThem) {
  const std::pair<const char*, const char*> tables[] = {
      {"c1\nc2\nc3\nc4\n\n\n", "g1\ng2\ng3\n\n"},
      {"barcode\nc1\nc2\nc3\nc4\n", "gene_id\tgene_name\ni1\tg1\ni2\tg2\ni3\tg3\n"},
      {"\"x\"\n\"1\"\t\"c1\"\n\"2\"\t\"c2\"\n\"3\"\t\"c3\"\n\"4\"\t\"c4\"\n",
       "\"x\"\n\"1\"\t\"g1\"\n\"2\"\t\"g2\"\n\"3\"\t\"g3\"\n"},
      {"c1\r\nc2\r\nc3\r\nc4", "\ni1\tg1\t\ni2\tg2\t\ni3\tg3\t\n"},
      {"\"c1\"\n\"c2\"\n\"c3\"\n\"c4\"\n", "\"i1\"\t\"g1\"\t\"Gene Expression\"\ni2\tg2\tPeaks\ni3\tg3\tPeaks\n"},
  };
  for (const auto& [barcodes, features] : tables) {
    TempFolder folder;
    folder.put("matrix.mtx", entries(false));
    folder.put("barcodes.tsv", barcodes);
    folder.put("features.tsv", features);
    expect_read(folder.path(), cells, genes);
  }
}

TEST(Folders, OneBarcodeTooManyIsNoHeader) {
  TempFolder folder;
  folder.put("matrix.mtx", entries(false));
  folder.put("barcodes.tsv", "c1\nc2\nc3\nc4\nc5\n");
  folder.put("features.tsv", "g1\ng2\ng3\n");
  expect_input_error([&] { io::read_expression(comm(), folder.path(), {}); }, "barcodes.tsv", "", "has 5 lines");
}

std::string in_utf16(const std::string& text, bool big) {
  std::string wide = big ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : text) wide += big ? std::string{'\0', c} : std::string{c, '\0'};
  return wide;
}

std::string in_utf32(const std::string& text, bool big) {
  std::string wide;
  for (const char c : text) wide += big ? std::string{'\0', '\0', '\0', c} : std::string{c, '\0', '\0', '\0'};
  return wide;
}

std::string with_returns(std::string text) {
  std::replace(text.begin(), text.end(), '\n', '\r');
  return text;
}

TEST(Tables, AsPeopleAndProgramsWriteThem) {
  const std::string plain = "cell,g1,g2,g3\nc1,1,2,3\nc2,11,12,13\nc3,21,22,23\nc4,31,32,33\n";
  const std::string upright[] = {
      plain,
      in_utf16(plain, false),
      in_utf16(plain, true),
      in_utf16(plain, false).substr(2),
      std::string("\xFF\xFE\0\0", 4) + in_utf32(plain, false),
      in_utf32(plain, true),
      "sep=;\n" + std::string("cell;g1;g2;g3\nc1;1;2;3\nc2;11;12;13\nc3;21;22;23\nc4;31;32;33\n"),
      with_returns(plain),
      "cell;g1;g2;g3\nc1;1,0;2;3\nc2;11,0;12;13,00\nc3;21;22;23\nc4;31;32;33\n",
      "cell\tg1\tg2\tg3\nc1\t1,0\t2\t3\nc2\t11,0\t12\t13,00\nc3\t21\t22\t23\nc4\t31\t32\t33\n",
      "\"\",\"g1\",\"g2\",\"g3\"\n\"c1\",\"1,0\",\"2\",\"3\"\n\"c2\",\"11,0\",\"12\",\"13\"\n\"c3\",\"21\",\"22\","
      "\"23\"\n"
      "\"c4\",\"31\",\"32\",\"33\"\n",
      "cell,g1,g2,g3,\nc1,1,2,3,\nc2,11,12,13,\nc3,21,22,23,\nc4,31,32,33,\n",
      "cell,g1,g2,g3\nc1,1,2,3,\nc2,11,12,13,\nc3,21,22,23,\nc4,31,32,33,\n",
      "\"\",\"cell\",\"g1\",\"g2\",\"g3\"\n\"1\",\"c1\",1,2,3\n\"2\",\"c2\",11,12,13\n\"3\",\"c3\",21,22,23\n"
      "\"4\",\"c4\",31,32,33\n",
      "cell,type,g1,g2,g3\nc1,A,1,2,3\nc2,B,11,12,13\nc3,A,21,22,23\nc4,B,31,32,33\n",
  };
  for (const auto& text : upright) {
    TempFolder folder;
    expect_read(folder.put("t.csv", text), cells, genes);
    expect_read(folder.put("t.csv.gz", text), cells, genes);
  }
  const std::string transposed[] = {
      "Gene,c1,c2,c3,c4\ng1,1,11,21,31\ng2,2,12,22,32\ng3,3,13,23,33\n",
      "gene_id,gene_name,c1,c2,c3,c4\ni1,g1,1,11,21,31\ni2,g2,2,12,22,32\ni3,g3,3,13,23,33\n",
      "symbol\tensembl\tc1\tc2\tc3\tc4\ng1\ti1\t1\t11\t21\t31\ng2\ti2\t2\t12\t22\t32\ng3\ti3\t3\t13\t23\t33\n",
      "#1.2\n3\t4\nName\tDescription\tc1\tc2\tc3\tc4\ng1\tna\t1\t11\t21\t31\ng2\tna\t2\t12\t22\t32\n"
      "g3\tna\t3\t13\t23\t33\n",
      "#1.2\t\t\t\t\t\n3\t4\t\t\t\t\nName\tDescription\tc1\tc2\tc3\tc4\ng1\tna\t1\t11\t21\t31\n"
      "g2\tna\t2\t12\t22\t32\ng3\tna\t3\t13\t23\t33\n",
      "#1.25 million reads\ngene\tc1\tc2\tc3\tc4\ng1\t1\t11\t21\t31\ng2\t2\t12\t22\t32\ng3\t3\t13\t23\t33\n",
      "#1.3e6 reads\ngene\tc1\tc2\tc3\tc4\ng1\t1\t11\t21\t31\ng2\t2\t12\t22\t32\ng3\t3\t13\t23\t33\n",
      "# Program:featureCounts v2.0.1; Command:\"featureCounts\"\n"
      "Geneid\tChr\tStart\tEnd\tStrand\tLength\tc1\tc2\tc3\tc4\n"
      "g1\tchr1;chr1\t100;300\t200;400\t+;+\t202\t1\t11\t21\t31\ng2\tchr2\t100\t200\t-\t101\t2\t12\t22\t32\n"
      "g3\tchr2\t500\t900\t-\t401\t3\t13\t23\t33\n",
      "!Series_title\t\"x\"\n!series_matrix_table_begin\n\"ID_REF\"\t\"c1\"\t\"c2\"\t\"c3\"\t\"c4\"\n"
      "\"g1\"\t1\t11\t21\t31\n\"g2\"\t2\t12\t22\t32\n\"g3\"\t3\t13\t23\t33\n!series_matrix_table_end\n",
      "gene\tc1\tc2\tc3\tc4\ng1\t1\t11\t21\t31\ng2\t2\t12\t22\t32\ng3\t3\t13\t23\t33\n__no_feature\t9\t9\t9\t9\n"
      "__ambiguous\t9\t9\t9\t9\n",
  };
  for (const auto& text : transposed) {
    TempFolder folder;
    const auto data = expect_read(folder.put("t.txt", text), cells, genes);
    if (comm().is_root() && (text.starts_with("gene_id") || text.starts_with("symbol"))) {
      EXPECT_EQ(std::get<Texts>(*data.var.find("gene_ids")), (Texts{"i1", "i2", "i3"}));
    }
  }
}

TEST(Tables, LabelsBecomeAnnotations) {
  TempFolder folder;
  const auto data = io::read_expression(
      comm(), folder.put("t.csv", "cell,type,g1,g2,age\nc1,A,1,2,3\nc2,B,4,5,6\nc3,,7,8,9\nc4,B,1,1,2\n"), {});
  if (comm().is_root()) {
    EXPECT_EQ(std::get<Categorical>(*data.obs.find("type")).codes, (std::vector<std::int32_t>{0, 1, -1, 1}));
    EXPECT_EQ(data.var.names, (Texts{"g1", "g2", "age"}));
  }
}

TEST(Tables, MissingValues) {
  TempFolder folder;
  const auto counts = folder.put("counts.csv", "cell,g1,g2\nc1,,2\nc2,NA,4\nc3,5,6\nc4,7,#N/A\n");
  auto x = test::gather(io::read_expression(comm(), counts, {}).x);
  if (comm().is_root()) {
    EXPECT_EQ(x(0, 0), 0);
    EXPECT_EQ(x(1, 0), 0);
    EXPECT_EQ(x(3, 1), 0);
    EXPECT_EQ(x(3, 0), 7);
  }
  io::InputOptions keep;
  keep.missing = "nan";
  x = test::gather(io::read_expression(comm(), counts, keep).x);
  if (comm().is_root()) {
    EXPECT_TRUE(std::isnan(x(0, 0)));
  }
  const auto logs = folder.put("logs.csv", "cell,g1,g2\nc1,0.5,2\nc2,NA,4\nc3,5,6\nc4,7,8\n");
  expect_input_error([&] { io::read_expression(comm(), logs, {}); }, "logs.csv", "line 3, column 2",
                     "a value is missing");
  io::InputOptions zero;
  zero.missing = "zero";
  x = test::gather(io::read_expression(comm(), logs, zero).x);
  if (comm().is_root()) {
    EXPECT_EQ(x(1, 0), 0);
  }
}

TEST(Tables, Latin1NamesBecomeUtf8) {
  TempFolder folder;
  const auto path = folder.put("t.csv", "cell,\xB5-g\xE8ne,g2\nc1,1,2\nc2,3,4\nc3,5,6\nc4,7,8\n");
  const auto data = io::read_expression(comm(), path, {});
  if (comm().is_root()) {
    EXPECT_EQ(data.var.names[0], "\xC2\xB5-g\xC3\xA8ne");
  }
}

TEST(Tables, NumbersUnderAHeaderThatLookLikeNames) {
  struct Case {
    const char* text;
    bool names, transpose;
  };
  for (const auto& c : {Case{"Entrez\tc1\tc2\n1000\t1\t2\n10\t3\t4\n99\t5\t6\n12\t1\t0\n", true, true},
                        Case{"x1,g1,g2\n1000,1,2\n1001,3,4\n1007,5,6\n2005,5,6\n", true, false},
                        Case{"height,weight\n170,60\n180,80\n165,55\n190,90\n", false, false},
                        Case{"a,b\n1,2\n3,4\n2,4\n7,7\n", false, false}}) {
    TempFolder folder;
    const auto layout = io::find_layout(folder.put("t.txt", c.text), {});
    EXPECT_EQ(layout.row_names, c.names) << c.text;
    EXPECT_EQ(layout.transpose, c.transpose) << c.text;
    mpi::barrier(comm());
  }
}

TEST(Tables, NumbersWithCommas) {
  using io::Comma;
  using io::FieldKind;
  float value = 0;
  EXPECT_EQ(io::read_field("0,5", {'\t', Comma::unknown}, value), FieldKind::number);
  EXPECT_EQ(value, 0.5f);
  EXPECT_EQ(io::read_field("1,046", {',', Comma::unknown}, value), FieldKind::number);
  EXPECT_EQ(value, 1046);
  EXPECT_EQ(io::read_field("1,046", {';', Comma::unknown}, value), FieldKind::number);
  EXPECT_EQ(value, 1.046f);
  EXPECT_EQ(io::read_field("1,046", {'\t', Comma::unknown}, value), FieldKind::ambiguous);
  EXPECT_EQ(io::read_field("1,234,567.5", {'\t', Comma::unknown}, value), FieldKind::number);
  EXPECT_EQ(value, 1234567.5f);
  EXPECT_EQ(io::read_field("-1,5e-3", {'\t', Comma::unknown}, value), FieldKind::number);
  EXPECT_EQ(value, -1.5e-3f);
  EXPECT_EQ(io::read_field("1,,2", {'\t', Comma::unknown}, value), FieldKind::text);
  EXPECT_EQ(io::read_field("0,5", {'\t', Comma::thousands}, value), FieldKind::text);
  EXPECT_EQ(io::read_field("Inf", {',', Comma::unknown}, value), FieldKind::infinite);
  EXPECT_EQ(io::read_field(" ", {',', Comma::unknown}, value), FieldKind::missing);
}

TEST(Tables, NamesOfGenesAndCells) {
  for (const char* gene :
       {"ENSG00000141510", "ENSMUSG00000020287.4", "FBgn0000055", "AT1G01010", "MT-CO1", "GAPDH", "Rpl13a"}) {
    EXPECT_TRUE(io::looks_like_gene(gene)) << gene;
  }
  for (const char* cell : {"AAACCTGAGAAACCAT-1", "pbmc_ACGTACGTACGT", "GSM123456", "/data/x.bam"}) {
    EXPECT_TRUE(io::looks_like_cell(cell)) << cell;
  }
  for (const char* neither : {"a", "sample", "", "gene", "TATA"}) {
    EXPECT_FALSE(io::looks_like_gene(neither)) << neither;
    EXPECT_FALSE(io::looks_like_cell(neither)) << neither;
  }
}

TEST(Tables, PointsBetweenThousands) {
  TempFolder folder;
  const auto path = folder.put("t.csv", "cell;g1;g2\nc1;1.234,5;2\nc2;1.234;-3.000.001,25\nc3;0;1\n");
  const auto x = test::gather(io::read_expression(comm(), path, {}).x);
  RowMatrix expected(3, 2);
  expected << 1234.5f, 2, 1234, -3000001.25f, 0, 1;
  if (comm().is_root()) test::expect_same(x, expected);
  const auto mixed = folder.put("m.csv", "cell;g1;g2\nc1;1.234,5;2\nc2;1.23;3\nc3;0;1\n");
  io::InputOptions options;
  options.decimal = "comma";
  expect_input_error([&] { io::read_expression(comm(), mixed, options); }, "m.csv", "line 3", "'1.23'");
}

TEST(Encoding, LineEnds) {
  using io::Recoding;
  for (const auto& [text, recoding] : {std::pair{"a\rb", Recoding::carriage_returns},
                                       {"a\rb\r", Recoding::carriage_returns},
                                       {"a\r", Recoding::none},
                                       {"a\r\nb", Recoding::none},
                                       {"a\nb\rc", Recoding::none},
                                       {"a", Recoding::none},
                                       {"", Recoding::none}}) {
    EXPECT_EQ(io::find_recoding(text), recoding) << text;
  }
}

TEST(Encoding, Utf8) {
  for (const char* good : {"", "abc", "\xC3\xA8", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"})
    EXPECT_TRUE(unicode::is_valid(good));
  for (const char* bad : {"\xB5", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82"}) {
    EXPECT_FALSE(unicode::is_valid(bad));
  }
}

}  // namespace
}  // namespace replearn
