#include <gtest/gtest.h>

#include "formats_fixture.hpp"
#include "io/tables/fields.hpp"
#include "io/text/dealt_text.hpp"
#include "io/text/text_file.hpp"

namespace replearn {
namespace {

using test::comm;
using test::TempFolder;

std::vector<std::string> lines_of(const std::string& path) {
  io::TextLines lines(path);
  std::vector<std::string> all;
  for (std::string_view line; lines.next(line);) all.emplace_back(line);
  return all;
}

TEST(TextLines, GivesTheSameLinesOfPlainAndGzipText) {
  TempFolder folder;
  const std::string text = "one\r\ntwo\n\nfour without end";
  const std::vector<std::string> expected{"one", "two", "", "four without end"};
  EXPECT_EQ(lines_of(folder.put("a.txt", text)), expected);
  EXPECT_EQ(lines_of(folder.put("a.txt.gz", text)), expected);
}

TEST(TextLines, OffsetIsTheStartOfTheNextLine) {
  TempFolder folder;
  io::TextLines lines(folder.put("a.txt", "one\r\ntwo\nend"));
  std::string_view line;
  std::vector<Index> offsets;
  while (lines.next(line)) offsets.push_back(lines.offset());
  EXPECT_EQ(offsets, (std::vector<Index>{5, 9, 12}));
}

TEST(TextFile, NamesWhatIsWrong) {
  TempFolder folder;
  const auto read_all = [](const std::string& path) { lines_of(path); };
  test::expect_input_error([&] { read_all(folder / "none"); }, "none", "", "no such file");
  test::expect_input_error([&] { read_all(folder.path()); }, "replearn_formats", "", "is not a file");
  const auto empty = folder.put("empty.txt", "");
  test::expect_input_error([&] { read_all(empty); }, "empty.txt", "", "the file is empty");
  std::string noise;  // hardly compressible
  for (unsigned i = 0, x = 1; i < 50000; ++i) noise += std::to_string((x = x * 1664525u + 1013904223u) >> 16) + "\n";
  const auto whole = folder.put("whole.gz", noise);
  const auto bytes = test::read_bytes(whole);
  const auto cut = folder.put("cut.txt", bytes.substr(0, bytes.size() - 4));
  test::expect_input_error([&] { read_all(cut); }, "cut.txt", "", "truncated");
  auto damaged = bytes;
  damaged[bytes.size() / 2] = static_cast<char>(damaged[bytes.size() / 2] ^ 0x55);
  const auto bad = folder.put("bad.txt", damaged);
  test::expect_input_error([&] { read_all(bad); }, "bad.txt", "", "damaged gzip stream");
}

/// Every line once, in order, with its number, whatever the size of the pieces.
void expect_dealt(const std::string& path, const std::vector<std::string>& lines, Index offset, Index skipped,
                  Index piece_bytes) {
  io::DealtText text(comm(), path, offset, skipped + 1, piece_bytes);
  std::vector<std::string> seen(lines.size());
  std::vector<Index> times(lines.size(), 0);
  Index last_line = 0;
  while (const auto piece = text.next()) {
    std::istringstream stream(piece->text);
    Index number = piece->first_line;
    for (std::string line; std::getline(stream, line); ++number) {
      EXPECT_GT(number, last_line);
      last_line = number;
      EXPECT_EQ(line, lines[static_cast<std::size_t>(number - 1)]);
      ++times[static_cast<std::size_t>(number - 1)];
    }
    EXPECT_TRUE(piece->text.empty() || piece->text.back() == '\n');
  }
  mpi::all_reduce(comm(), std::span<Index>(times), mpi::Reduction::sum);
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_EQ(times[i], static_cast<Index>(i) < skipped ? 0 : 1) << i;
}

TEST(DealtText, DealsEachLineOnceInPiecesOfAnySize) {
  TempFolder folder;
  std::vector<std::string> lines;
  std::string text;
  for (int i = 0; i < 300; ++i) {
    lines.push_back(std::string(static_cast<std::size_t>(i * 37 % 23), 'x') + std::to_string(i));
    text += lines.back() + "\n";
  }
  text.pop_back();  // the last line without its end
  const auto plain = folder.put("t.txt", text), gzip = folder.put("t.txt.gz", text);
  const Index two_lines = static_cast<Index>(lines[0].size() + lines[1].size()) + 2;
  for (const Index piece : {1, 2, 7, 64, 1000, 100000}) {
    expect_dealt(plain, lines, 0, 0, piece);
    expect_dealt(gzip, lines, 0, 0, piece);
    expect_dealt(plain, lines, two_lines, 2, piece);
    expect_dealt(gzip, lines, two_lines, 2, piece);
  }
}

TEST(DealtText, ThrowsOnAllRanksWhereTheGzipStreamBreaks) {
  TempFolder folder;
  const auto whole = folder.put("whole.gz", std::string(100000, '7') + "\n" + std::string(100000, '8') + "\n");
  const auto bytes = test::read_bytes(whole);
  const auto cut = folder.put("cut.txt", bytes.substr(0, bytes.size() - 4));
  test::expect_input_error(
      [&] {
        io::DealtText text(comm(), cut, 0, 1, 1000);
        while (text.next()) {
        }
      },
      "cut.txt", "", "truncated");
}

TEST(Fields, ReadsNumbersAsTheyAreMeant) {
  float value = 0;
  const auto finite = [&](const char* text) { return io::parse_number(text, value) == io::NumberKind::finite; };
  EXPECT_TRUE(finite("3"));
  EXPECT_EQ(value, 3);
  EXPECT_TRUE(finite(" +2.5e-3 "));
  EXPECT_EQ(value, 2.5e-3f);
  EXPECT_TRUE(finite("-.5"));
  EXPECT_EQ(value, -.5f);
  EXPECT_TRUE(finite("1e-60"));
  EXPECT_EQ(value, 0);
  for (const char* text : {"nan", "NaN", "NA", "inf", "-Inf", "1e60"}) {
    EXPECT_EQ(io::parse_number(text, value), io::NumberKind::not_finite) << text;
  }
  for (const char* text : {"", " ", "x", "1,5", "1 2", "--1", "+-1", "0x10", "1.2.3"}) {
    EXPECT_EQ(io::parse_number(text, value), io::NumberKind::no_number) << text;
  }
}

TEST(Fields, QuotesWhatIsNoTextReadably) {
  EXPECT_EQ(io::in_quotes("na\xc3\xafve"), "'na\xc3\xafve'");
  EXPECT_EQ(io::in_quotes(std::string_view("a\0\n\x7f", 4)), "'a\\x00\\x0a\\x7f'");
  EXPECT_EQ(io::in_quotes(std::string(41, 'x')), "'" + std::string(40, 'x') + "...'");
}

TEST(Fields, SplitsAtTheSeparatorOutsideQuotes) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(io::split_fields("a,b,,d,", ','), (Texts{"a", "b", "", "d", ""}));
  EXPECT_EQ(io::split_fields(R"("a,b","say ""x""",3)", ','), (Texts{"a,b", "say \"x\"", "3"}));
  EXPECT_EQ(io::split_fields("  1   2\t3 ", ' '), (Texts{"1", "2", "3"}));
  EXPECT_EQ(io::split_fields("", ','), (Texts{""}));
  EXPECT_EQ(io::split_fields("\"open,1", ','), (Texts{"open,1"}));
  EXPECT_EQ(io::guess_separator("a b,c\td"), '\t');
  EXPECT_EQ(io::guess_separator("\"a,b\";2"), ';');
  EXPECT_EQ(io::guess_separator("1 2 3"), ' ');
  EXPECT_EQ(io::guess_separator("single"), '\0');
}

}  // namespace
}  // namespace replearn
