#include "io/text/word_vectors_file.hpp"

#include <algorithm>
#include <bit>

#include "base/random.hpp"
#include "formats_fixture.hpp"

namespace replearn::io {
namespace {

using test::comm;
using test::TempFolder;

WordVectors some_vectors(Index words, Index columns) {
  WordVectors v;
  v.vectors = DistributedMatrix(RowPartition(words, comm().size()), comm().rank(), columns);
  for (Index i = 0; i < v.vectors.local_rows(); ++i) {
    RandomStream random(5, Purpose::test, static_cast<std::uint64_t>(v.vectors.first_row() + i));
    for (Index k = 0; k < columns; ++k) v.vectors.local(i, k) = static_cast<float>(random.normal());
  }
  for (Index i = 0; comm().is_root() && i < words; ++i) {
    v.words.push_back("wört" + std::to_string(i));
    v.counts.push_back(1000 - i);
  }
  return v;
}

TEST(WordVectors, ComeBackToTheBit) {
  const TempFolder folder;
  const auto written = some_vectors(303, 17);
  for (const char* name : {"v.h5", "v.h5ad", "v.bin", "v.txt", "v.vec"}) {
    write_word_vectors(comm(), folder / name, written, ValueTree().set("made by", "a test"));
    const auto read = read_word_vectors(comm(), folder / name);
    EXPECT_EQ(read.words, written.words) << name;
    EXPECT_TRUE(read.vectors.local == written.vectors.local) << name;
    const bool keeps_counts = std::string(name).find(".h5") != std::string::npos;
    if (keeps_counts) {
      EXPECT_EQ(read.counts, written.counts) << name;
    }
  }
  mpi::barrier(comm());
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_NE(file.path().extension(), ".part");
  }
}

TEST(WordVectors, TheOutputLayerIsKeptByHdf5) {
  const TempFolder folder;
  auto written = some_vectors(303, 17);
  written.output = written.vectors;
  written.output.local.array() += 1;
  written.inner = some_vectors(302, 17).vectors;
  write_word_vectors(comm(), folder / "v.h5", written, {});
  const auto read = read_word_vectors(comm(), folder / "v.h5", Log(), true);
  EXPECT_TRUE(read.vectors.local == written.vectors.local);
  EXPECT_TRUE(read.output.local == written.output.local);
  EXPECT_TRUE(read.inner.local == written.inner.local);
  EXPECT_EQ(read_word_vectors(comm(), folder / "v.h5").output.rows(), 0);
  written.output = some_vectors(302, 17).vectors;
  write_word_vectors(comm(), folder / "v.h5", written, {});
  EXPECT_THROW(read_word_vectors(comm(), folder / "v.h5", Log(), true), InputError);
}

TEST(WordVectors, OtherProgramsHabits) {
  const TempFolder folder;
  const float vectors[] = {1, -2, 0.5f, 3, 4, 5};
  const std::string first(reinterpret_cast<const char*>(vectors), 12), second(first.size(), '\0');
  const std::string bytes2(reinterpret_cast<const char*>(vectors + 3), 12);
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
           {"c.bin", "2 3\nking " + first + "\nqueen " + bytes2 + "\n"},
           {"gensim.bin", "2 3\nking " + first + "queen " + bytes2},
           {"packed.bin.gz", "2 3\nking " + first + "queen " + bytes2},
           {"c.txt", "2 3\nking 1 -2 0.5 \nqueen 3 4 5 \n"},
           {"glove.txt", "king 1 -2 .5\nqueen 3 4 5\n"},
           {"tabs.txt", "2\t3\nking\t1\t-2\t0.5\nqueen\t3\t4\t5\n"},
           {"mark.txt",
            "\xEF\xBB\xBF"
            "2 3\r\nking 1 -2 .5\r\nqueen 3 4 5\r\n"},
           {"few.txt", "2 3\nking 1 -2 .5\nqueen 3 4 5\nmore 1 2 3\n"},
           {"few.bin", "2 3\nking " + first + "\nqueen " + bytes2 + "\nmore " + first},
           {"twice.txt", "3 3\nking 1 -2 .5\nking 7 7 7\nqueen 3 4 5\n"},
           {"twice.bin", "3 3\nking " + first + "king " + bytes2 + "queen " + bytes2},
           {"exponents.vec", "2 3\nking 1e0 -0.2E1 +0.5\nqueen 3 4 5"}}) {
    const auto read = read_word_vectors(comm(), folder.put(name, text));
    if (comm().is_root()) {
      EXPECT_EQ(read.words, (std::vector<std::string>{"king", "queen"})) << name;
    }
    const auto all = all_gather_rows(comm(), read.vectors);
    ASSERT_EQ(all.size(), 6) << name;
    EXPECT_TRUE(std::equal(vectors, vectors + 6, all.data())) << name;
  }
}

TEST(WordVectors, FloatsWithoutControlCharactersAreNotText) {
  const TempFolder folder;
  const auto number = std::bit_cast<float>(0x3F6C835Eu), plain = std::bit_cast<float>(0xBDBC985Bu);  // 0.92, -0.092
  for (const int columns : {1, 2, 10}) {
    std::string bytes;
    for (int k = 0; k < columns; ++k) {
      const float value = k % 2 == 0 ? number : plain;
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    const auto read = read_word_vectors(
        comm(), folder.put("v.bin", "2 " + std::to_string(columns) + "\nking " + bytes + "\nqueen " + bytes + "\n"));
    const auto all = all_gather_rows(comm(), read.vectors);
    ASSERT_EQ(all.size(), 2 * columns);
    for (Index i = 0; i < all.size(); ++i) EXPECT_EQ(all.data()[i], i % columns % 2 == 0 ? number : plain);
  }
}

TEST(WordVectors, LinesOfBlanksAndLinesWithoutNumbers) {
  const TempFolder folder;
  for (const char* text : {"king 1 2\n \nqueen 3 4\n\t \n", "2 2\n \nking 1 2\n  \nqueen 3 4\n \n"}) {
    const auto read = read_word_vectors(comm(), folder.put("v.txt", text));
    EXPECT_EQ(read.vectors.rows(), 2) << text;
  }
  for (const char* text : {"king 1 2\nqueen\nman\n", "king 1 2\n \n \n \nqueen\n", "2 2\nking 1 2\nqueen\n"}) {
    EXPECT_THROW(read_word_vectors(comm(), folder.put("v.txt", text)), InputError) << text;
  }
}

TEST(WordVectors, WordsWithBlanksAndNamesThatAreNotUtf8) {
  const TempFolder folder;
  // As in GloVe's largest file: no header, words of several parts, one of them a number; one that is no-break space.
  const std::string text = ". . . 1 2\nat name@domain.com 3 4\n\u00A0 5 6\n1 2 7 8\ncaf\xE9 9 10\nend 11 12\n";
  const auto read = read_word_vectors(comm(), folder.put("glove.txt", text));
  const auto all = all_gather_rows(comm(), read.vectors);
  ASSERT_EQ(all.size(), 12);
  for (Index i = 0; i < 12; ++i) EXPECT_EQ(all.data()[i], static_cast<float>(i + 1));
  if (comm().is_root()) {
    EXPECT_EQ(read.words,
              (std::vector<std::string>{". . .", "at name@domain.com", "\u00A0", "1 2", "caf\uFFFD", "end"}));
  }
  write_word_vectors(comm(), folder / "v.bin", read, {});
  const auto again = read_word_vectors(comm(), folder / "v.bin");
  EXPECT_TRUE(again.vectors.local == read.vectors.local);
  if (comm().is_root()) {
    EXPECT_EQ(again.words[1], "at_name@domain.com");
  }
}

TEST(WordVectors, WhatIsWrongIsTold) {
  const TempFolder folder;
  const std::string vector(12, '\1');
  const auto check = [&](const std::string& name, const std::string& text, const std::string& place) {
    try {
      read_word_vectors(comm(), folder.put(name, text));
      ADD_FAILURE() << name << ": no error";
    } catch (const InputError& error) {
      EXPECT_EQ(error.place(), place) << name << ": " << error.what();
    }
  };
  check("lying.bin", "9000000000000000 300\nking " + vector, "line 1");
  check("wide.bin", "2 9000000000000000\nking " + vector, "line 1");
  check("lying.bin.gz", "2000000000 300\nking " + vector, "line 1");
  check("short.bin", "2 3\nking " + vector + "\nqueen " + vector.substr(5), "word 2");
  check("endless.bin", "2 3\nking " + vector + std::string(9000, '\2'), "word 2");
  check("short.txt", "3 2\na 1 2\nb 3 4\n", "line 4");
  check("latin1.txt", "2 3\ncaf\xE9 1 2 x\nb 3 4 5\n", "line 2");
  check("blanks.txt", "2 2\nnew york 1 x\nb 3 4\n", "line 2");
  check("narrow.txt", "2 2\na 1 2\nb 3\n", "line 3");
  check("prose.txt", "hello\nworld\n", "line 1");
  check("empty.txt", "", "");
  EXPECT_THROW(read_word_vectors(comm(), folder / "none.bin"), InputError);
  EXPECT_THROW(write_word_vectors(comm(), folder / "v.npy", some_vectors(3, 2), {}), InputError);
  EXPECT_THROW(write_word_vectors(comm(), folder / "none/v.bin", some_vectors(3, 2), {}), InputError);
}

}  // namespace
}  // namespace replearn::io
