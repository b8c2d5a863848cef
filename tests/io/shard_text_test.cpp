#include "io/text/shard_text.hpp"

#include "formats_fixture.hpp"
#include "io/text/text_sources.hpp"
#include "io/text/vocabulary_file.hpp"

namespace replearn::io {
namespace {

using test::comm;
using test::TempFolder;

/// The words of all shards, one behind the other, and of how many shards have any.
std::vector<std::string> words_of(const TextShards& shards, Index* filled = nullptr, Index part_bytes = 1 << 18) {
  std::vector<std::string> words;
  Tokens tokens({});
  for (Index s = 0; s < shards.size(); ++s) {
    ShardText text(shards, s, part_bytes);
    const auto before = words.size();
    while (const auto part = text.next()) {
      tokens.split(
          *part, [&](std::string_view word) { words.emplace_back(word); }, [&] { words.emplace_back("\n"); });
    }
    if (filled && words.size() > before) ++*filled;
  }
  return words;
}

std::string numbers(int count, const std::string& between, int line) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(i * 7919) + ((i + 1) % line == 0 ? "\n" : between);
  return text;
}

TEST(ShardText, EachWordOnceHoweverItIsCut) {
  const TempFolder folder;
  const auto lines = folder.put("lines.txt", numbers(20'000, " ", 12));
  const auto running = folder.put("running.txt", numbers(20'000, " ", 1'000'000));
  const auto packed = folder.put("packed.txt.gz", numbers(20'000, "  ", 50));
  const auto sources = find_text(comm(), {folder.path()});
  ASSERT_EQ(sources.size(), 3u);
  const auto whole = words_of(TextShards(sources, 10'000'000));
  ASSERT_GT(whole.size(), 60'000u);
  for (const Index bytes : {999, 10'000, 70'001}) {
    const TextShards shards(sources, bytes);
    Index filled = 0;
    EXPECT_EQ(words_of(shards, &filled, 1000), whole) << bytes;
    EXPECT_GT(filled, sources[0].bytes / bytes / 2) << "work for many ranks";
  }
}

TEST(ShardText, CutsAtLineEndsWhereThereAreAny) {
  const TempFolder folder;
  folder.put("lines.txt", numbers(5'000, " ", 9));
  const TextShards shards(find_text(comm(), {folder / "lines.txt"}), 1000);
  for (Index s = 0; s + 1 < shards.size(); ++s) {
    ShardText text(shards, s);
    std::string last;
    while (const auto part = text.next()) last = part->text;
    if (!last.empty()) {
      EXPECT_EQ(last.back(), '\n') << s;
    }
  }
}

TEST(ShardText, PartsTellWhereTheyStand) {
  const TempFolder folder;
  const auto text = numbers(5'000, " ", 9);
  const auto path = folder.put("a.txt", text);
  const TextShards shards(find_text(comm(), {path}), 3'000);
  for (Index s = 0; s < shards.size(); ++s) {
    ShardText shard(shards, s, 500);
    while (const auto part = shard.next()) {
      EXPECT_EQ(part->text, text.substr(static_cast<std::size_t>(part->offset), part->text.size()));
      EXPECT_EQ(*part->file, path);
    }
  }
}

TEST(ShardText, LinesAreTheSameHoweverItIsCut) {
  const TempFolder folder;
  folder.put("cr.txt", [] {
    auto text = numbers(3'000, " ", 7);
    std::replace(text.begin(), text.end(), '\n', '\r');
    return text;
  }());
  std::string crlf;
  for (const char c : numbers(3'000, " ", 5)) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  folder.put("crlf.txt", crlf);
  folder.put("unfinished.txt", "a b\nc d");
  folder.put("unfinished_packed.txt.gz", "e f\ng h");
  folder.put("z.txt", "i\n");
  const auto sources = find_text(comm(), {folder.path()});
  const auto whole = words_of(TextShards(sources, 10'000'000));
  EXPECT_EQ(std::count(whole.begin(), whole.end(), "\n"), 3'000 / 7 + 1 + 3'000 / 5 + 2 + 2 + 1);
  for (const Index bytes : {50, 101, 997, 10'000}) {
    for (const Index part_bytes : {37, 1 << 18}) {
      EXPECT_EQ(words_of(TextShards(sources, bytes), nullptr, part_bytes), whole) << bytes;
    }
  }
}

TEST(ShardText, AWordLongerThanAPart) {
  const TempFolder folder;
  const std::string word(2'000'000, 'x');
  const auto path = folder.put("long.txt", "a " + word + " b\n");
  const TextShards shards(find_text(comm(), {path}), 100'000);
  EXPECT_EQ(words_of(shards, nullptr, 1000), (std::vector<std::string>{"a", word.substr(0, 100), "b", "\n"}));
}

TEST(FindText, FilesFoldersAndPatterns) {
  const TempFolder folder;
  folder.put("b.txt", "x");
  folder.put("sub/a.txt", "y");
  folder.put("sub/.hidden", "z");
  folder.put("sub/empty.txt", "");
  const auto names = [&](const std::vector<std::string>& given) {
    std::vector<std::string> found;
    for (const auto& source : find_text(comm(), given)) found.push_back(source.path.substr(folder.path().size() + 1));
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names({folder.path()}), (Names{"b.txt", "sub/a.txt"}));
  EXPECT_EQ(names({folder / "*.txt", folder / "b.txt"}), (Names{"b.txt"}));
  EXPECT_EQ(names({folder / "*/a*"}), (Names{"sub/a.txt"}));
  EXPECT_THROW(find_text(comm(), {folder / "*.csv"}), InputError);
  EXPECT_THROW(find_text(comm(), {folder / "none"}), InputError);
  EXPECT_THROW(find_text(comm(), {folder / "sub/empty.txt"}), InputError);
  EXPECT_THROW(find_text(comm(), {}), InputError);
}

TEST(VocabularyFile, ComesBackAsItWas) {
  const TempFolder folder;
  const Vocabulary vocabulary(comm(), {"the", "of", "größe", "rare"}, {100, 40, 40, 2}, 17);
  write_vocabulary(comm(), folder / "vocab.txt", vocabulary);
  VocabularyOptions options;
  options.min_count = 1;
  const auto read = read_vocabulary(comm(), folder / "vocab.txt", options);
  EXPECT_EQ(read.words(), vocabulary.words());
  EXPECT_TRUE(std::ranges::equal(read.counts(), vocabulary.counts()));
  EXPECT_EQ(read.sentences(), 17);
  options.min_count = 40;
  EXPECT_EQ(read_vocabulary(comm(), folder / "vocab.txt", options).size(), 3);
  for (const char* wrong : {"the 5\nof five\n", "the 5\nthe 4\n", "no count\n", "two words 3\n", "word -1\n"}) {
    EXPECT_THROW(read_vocabulary(comm(), folder.put("wrong.txt", wrong), options), InputError) << wrong;
  }
}

}  // namespace
}  // namespace replearn::io
