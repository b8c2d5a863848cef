#include <gtest/gtest.h>

#include "formats_fixture.hpp"
#include "io/input.hpp"
#include "io/tables/delimited.hpp"

namespace replearn {
namespace {

using test::comm;
using test::expect_input_error;
using test::TempFolder;

const std::string data_folder = REPLEARN_TEST_DATA "/formats/";

TEST(Delimited, GivesWhatPandasReads) {
  const auto expected = test::read_expected("table");
  test::expect_equals(io::read_expression(comm(), data_folder + "cells.csv", {}), expected);
  io::InputOptions genes_are_rows;
  genes_are_rows.transpose = true;
  test::expect_equals(io::read_expression(comm(), data_folder + "genes.tsv.gz", genes_are_rows), expected);
  auto unnamed = expected;
  for (std::size_t i = 0; i < unnamed.rows.size(); ++i) unnamed.rows[i] = std::to_string(i);
  for (std::size_t j = 0; j < unnamed.columns.size(); ++j) unnamed.columns[j] = std::to_string(j);
  test::expect_equals(io::read_expression(comm(), data_folder + "plain.txt", {}), unnamed);
}

TEST(Delimited, PiecesDoNotMatter) {
  const auto expected = test::read_expected("table");
  io::InputOptions genes_are_rows;
  genes_are_rows.transpose = true;
  for (const Index piece : {1, 100, 5000}) {
    test::expect_equals(io::read_delimited(comm(), data_folder + "cells.csv", {}, Log(), piece), expected);
    test::expect_equals(io::read_delimited(comm(), data_folder + "genes.tsv.gz", genes_are_rows, Log(), piece),
                        expected);
  }
}

struct LayoutCase {
  const char *text, *header, *row_names;  ///< the options
  char separator;
  bool has_header, has_row_names;
  Index columns;
};

TEST(Delimited, FindsTheLayout) {
  TempFolder folder;
  const LayoutCase cases[] = {
      {"1,2\n3,4\n", "auto", "auto", ',', false, false, 2},
      {"a,b\n3,4\n", "auto", "auto", ',', true, false, 2},
      {"x,a,b\nr,3,4\n", "auto", "auto", ',', true, true, 2},
      {"a\tb\nr\t3\t4\n", "auto", "auto", '\t', true, true, 2},       // R
      {",1,2\n0,3,4\n", "auto", "auto", ',', true, true, 2},          // pandas, numbers as names
      {"\"\",\"a\"\n\"r\",3\n", "auto", "auto", ',', true, true, 1},  // R, write.csv
      {"r;1\ns;2\n", "auto", "auto", ';', false, true, 1},
      {"# note\n\n 1  2\n 3  4\n", "auto", "auto", ' ', false, false, 2},
      {"1\n2\n", "auto", "auto", ',', false, false, 1},
      {"value\n2\n", "auto", "auto", ',', true, false, 1},
      {"1,NA\n2,3\n", "auto", "auto", ',', false, false, 2},  // an error in a row, not a header
      {"\xEF\xBB\xBF"
       "a,b\n3,4\n",
       "auto", "auto", ',', true, false, 2},
      {"2001,2002\n3,4\n", "yes", "auto", ',', true, false, 2},
      {"id,1\nr,3\n", "yes", "auto", ',', true, true, 1},
      {"7,1,2\n8,3,4\n", "auto", "yes", ',', false, true, 2},
      {"5,6", "auto", "auto", ',', false, false, 2},
  };
  for (const auto& c : cases) {
    io::InputOptions options;
    options.header = c.header;
    options.row_names = c.row_names;
    const auto layout = io::find_layout(folder.put("t.txt", c.text), options);
    EXPECT_EQ(layout.style.separator, c.separator) << c.text;
    EXPECT_EQ(layout.header, c.has_header) << c.text;
    EXPECT_EQ(layout.row_names, c.has_row_names) << c.text;
    EXPECT_EQ(layout.columns, c.columns) << c.text;
    EXPECT_EQ(layout.column_names.size(), c.has_header ? static_cast<std::size_t>(c.columns) : 0) << c.text;
    mpi::barrier(comm());
  }
}

TEST(Delimited, NamesBecomeUnique) {
  TempFolder folder;
  const auto path = folder.put("t.csv", ",g,g\na,1,2\nb,3,4\nc,5,6\nd,7,8\n");
  const auto data = io::read_expression(comm(), path, {});
  if (comm().is_root()) {
    EXPECT_EQ(data.var.names, (std::vector<std::string>{"g", "g-1"}));
  }
  io::InputOptions transpose;
  transpose.transpose = true;
  const auto wide = folder.put("w.csv", ",a,b,c,a\ng,1,2,3,4\n");
  const auto cells = io::read_expression(comm(), wide, transpose);
  if (comm().is_root()) {
    EXPECT_EQ(cells.obs.names, (std::vector<std::string>{"a", "b", "c", "a-1"}));
  }
}

TEST(Delimited, NamesLineAndColumnOfWhatIsWrong) {
  const auto fails = [](const std::string& text, const std::string& place, const std::string& what,
                        const io::InputOptions& options = {}) {
    TempFolder folder;
    const auto path = folder.put("t.csv", text);
    expect_input_error([&] { io::read_expression(comm(), path, options); }, "t.csv", place, what);
  };
  fails("a,b\n1,2\n3,4\n5\n7,8\n", "line 4", "1 columns where there should be 2");
  fails("a,b\n1,2\n3,4,5\n5,6\n7,8\n", "line 3", "3 columns where there should be 2");
  fails("c,a,b\nr,1,2\ns,3\nt,5,6\nu,7,8\n", "line 3", "2 columns where there should be 3");
  fails("c,a,b\nr,1,2\ns,3,x\nt,5,6\nu,7,8\n", "line 3, column 3", "'x' is not a number");
  io::InputOptions strict;
  strict.missing = "error";
  fails("a,b\n1,2\n\n3,\n5,6\n7,8\n", "line 4, column 2", "the field is empty", strict);
  fails("a,b\n1,2\n3,NaN\n5,6\n7,8\n", "line 3, column 2", "'NaN' is not a finite number", strict);
  fails("a,b\n1,2\n3,NaN\n5,6.5\n7,8\n", "line 3, column 2", "a value is missing");
  fails("a\tb\nx\t1\t1,234\ny\t1\t2\nz\t1\t3\nw\t4\t4\n", "column 3", "'1,234' may be 1.234");
  fails("gene\tcell\tcount\ng\tc\t3\ng\td\t4\n", "", "a long table");
  fails("a,b\n1,2\n-Inf,4\n5,6\n7,8\n", "line 3, column 1", "'-Inf' is not a finite number");
  fails("a,b\n1,2\n3,1e99\n5,6\n7,8\n", "line 3, column 2", "'1e99' is not a finite number");
  fails("150,4,setosa\n1,2,3,4,5\n", "line 1", "the header names 3 columns, the line below has 5");
  fails("a,b\n", "", "a header but no rows");
  fails("# nothing\n\n", "", "there are no rows");
}

TEST(Input, RefusesOptionsThatDoNotApply) {
  TempFolder folder;
  const auto path = folder.put("t.csv", "1,2\n3,4\n");
  io::InputOptions options;
  options.genome = "hg19";
  expect_input_error([&] { io::read_expression(comm(), path, options); }, "t.csv", "", "genome");
  options = {};
  options.transpose = true;
  expect_input_error([&] { io::read_expression(comm(), data_folder + "tenx_v3", options); }, "tenx_v3", "",
                     "transpose");
  options = {};
  options.header = "maybe";
  expect_input_error([&] { io::read_expression(comm(), path, options); }, "", "--header", "'maybe'");
  options = {};
  options.delimiter = "semicolon";
  expect_input_error([&] { io::read_expression(comm(), path, options); }, "", "--delimiter", "'semicolon'");
}

TEST(Input, RefusesWhatIsNoFormat) {
  TempFolder folder;
  const std::string zip("PK\x03\x04 \0 ", 7), binary("\x01\x02\0\x03", 4);
  for (const auto& [name, content, what] :
       {std::tuple<const char*, std::string, const char*>{"a.zip", zip, "a zip archive"},
        {"a.bin", binary, "not text"},
        {"a.bz2", "BZh91AY", "bzip2"},
        {"damaged.h5", "\x89HDX\r\n", "is not HDF5"},
        {"damaged.bin", "\x89HDF\r\n\x1B\n", "not text"},
        {"whole.h5ad.gz", "\x89HDF\r\n\x1A\n", "HDF5 within a compressed file: unpack it"},
        {"a.rds.gz", std::string("X\n\0\0", 4), "R data file"}}) {
    const auto path = folder.put(name, content);
    expect_input_error([&] { io::read_expression(comm(), path, {}); }, name, "", what);
  }
  const auto empty = folder.put("empty.csv", "");
  expect_input_error([&] { io::read_expression(comm(), empty, {}); }, "empty.csv", "", "the file is empty");
}

}  // namespace
}  // namespace replearn
