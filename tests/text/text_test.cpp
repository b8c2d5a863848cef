#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/unicode.hpp"
#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"
#include "text/text_shards.hpp"
#include "text/tokens.hpp"
#include "text/vocabulary.hpp"
#include "text/word_ids.hpp"

namespace replearn {
namespace {

const std::string file_name = "the file";

std::vector<std::string> words_of(const std::string& text, const TokenOptions& options = {}) {
  Tokens tokens(options);
  std::vector<std::string> words;
  tokens.split(
      {text, &file_name, 100}, [&](std::string_view word) { words.emplace_back(word); },
      [&] { words.emplace_back("|"); });
  return words;
}

using Words = std::vector<std::string>;

TEST(TextShards, CoverEachFileOnceAndDoNotKnowTheRanks) {
  const TextShards shards({{"a", 1'000'000, false}, {"b", 10, false}, {"c", 500'000, true}}, 300'000);
  ASSERT_EQ(shards.size(), 4 + 1 + 1);
  Index at = 0;
  for (Index s = 0; s < 4; ++s) {
    EXPECT_EQ(shards[s].begin, at);
    at = shards[s].end;
  }
  EXPECT_EQ(at, 1'000'000);
  EXPECT_EQ(shards[5].end - shards[5].begin, 500'000);  // gzip: not cut
  for (const Index parts : {1, 2, 3, 5, 20}) {
    const auto cuts = shards.dealt(parts);
    ASSERT_EQ(static_cast<Index>(cuts.size()), parts + 1);
    EXPECT_EQ(cuts.front(), 0);
    EXPECT_EQ(cuts.back(), shards.size());
    EXPECT_TRUE(std::is_sorted(cuts.begin(), cuts.end()));
  }
  // 1,000,010 bytes, and gzip counted three times: the second half of the weight is the gzip file.
  EXPECT_EQ(shards.dealt(2)[1], 5);
}

TEST(Tokens, StandBetweenWhiteSpace) {
  EXPECT_EQ(words_of(" one\ttwo  three\nfour\r\n"), (Words{"one", "two", "three", "|", "four", "|"}));
  EXPECT_EQ(words_of(""), Words{});
}

TEST(Tokens, LowerAndStripAllScripts) {
  TokenOptions options;
  options.lowercase = options.strip_punctuation = true;
  EXPECT_EQ(words_of("\"ÄRGER, (Straße) ΣΟΦΊΑ… don't -- «Да»", options),
            (Words{"ärger", "straße", "σοφία", "don't", "да"}));
}

TEST(Tokens, StandBetweenWhiteSpaceOfUnicode) {
  // No-break, thin and ideographic spaces, U+2028 and U+0085 part words; a byte order mark is none, wherever it stands.
  EXPECT_EQ(words_of("\xEF\xBB\xBFNew\u00A0York a\u2009b c\u3000d e\u2028f g\u0085h\n\xEF\xBB\xBFi\n"),
            (Words{"New", "York", "a", "b", "c", "d", "e", "f", "g", "h", "|", "i", "|"}));
  EXPECT_EQ(words_of("zero\u200Bwidth"), (Words{"zero\u200Bwidth"}));
}

TEST(Tokens, LinesEndAtEachKindOfLineEnd) {
  EXPECT_EQ(words_of("a\rb\r\nc\nd\r\r\ne"), (Words{"a", "|", "b", "|", "c", "|", "d", "|", "|", "e"}));
}

TEST(Tokens, TheEndOfAFileEndsALine) {
  Tokens tokens({});
  Words words;
  const auto split = [&](const std::string& text, bool ends_file) {
    tokens.split(
        {text, &file_name, 0, ends_file}, [&](std::string_view word) { words.emplace_back(word); },
        [&] { words.emplace_back("|"); });
  };
  split("one ", false);
  split("two", true);
  split("three\r", false);
  split("\n", true);
  split("four", false);
  split("", true);
  split("", true);
  EXPECT_EQ(words, (Words{"one", "two", "|", "three", "|", "four", "|"}));
}

TEST(Tokens, PunctuationIsByCategory) {
  TokenOptions options;
  options.strip_punctuation = true;
  const Words words = {"C++", "தமிழ்", "हिन्दी", "e\u0301t\u0301", "😀", "$5", "don't", "日本"};
  std::string text;
  for (const auto& word : words) text += "\u300C" + word + "\u2026\u300D\u3000- ";
  EXPECT_EQ(words_of(text, options), words);
}

TEST(Unicode, FoldsAllScripts) {
  EXPECT_EQ(unicode::folded("МОСКВА"), unicode::folded("москва"));
  EXPECT_EQ(unicode::folded("Ärger"), unicode::folded("A\u0308RGER"));
  EXPECT_EQ(unicode::folded("STRASSE"), unicode::folded("straße"));
  EXPECT_EQ(unicode::folded("ΣΟΦΟΣ"), unicode::folded("σοφος"));
  EXPECT_EQ(unicode::folded("\xFF!"), "\xFF!");
  EXPECT_EQ(unicode::repaired("a\xFF\xC3("), "a\uFFFD\uFFFD(");
}

TEST(Tokens, CutWhereACharacterEnds) {
  TokenOptions options;
  options.max_word_length = 4;
  EXPECT_EQ(words_of("abcdef ab€d €€ ok", options), (Words{"abcd", "ab", "€", "ok"}));
}

TEST(Tokens, WhatIsNotUtf8) {
  const std::vector<std::string> bad = {"\xC3(",    "\xE2\x28\xA1",     "\xED\xA0\x80",
                                        "\xC0\xAF", "\xF5\x80\x80\x80", "\xFF"};
  for (const auto& bytes : bad) {
    const std::string text = "good w" + bytes + " last";
    try {
      words_of(text);
      ADD_FAILURE() << "no error";
    } catch (const InputError& error) {
      EXPECT_EQ(error.file(), file_name);
      EXPECT_EQ(error.place(), "byte 106");
    }
    TokenOptions options;
    options.on_bad_utf8 = BadUtf8::skip;
    EXPECT_EQ(words_of(text, options), (Words{"good", "last"}));
    options.on_bad_utf8 = BadUtf8::replace;
    EXPECT_EQ(words_of(text, options)[1].substr(0, 4), "w\xEF\xBF\xBD");
  }
}

TEST(Tokens, AByteZeroIsNoText) {
  try {
    words_of(std::string("ab\0c", 4));
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "byte 102");
  }
}

/// Words with Zipf's counts in an order drawn at random, some Chinese, dealt to the ranks piece by piece.
NextTextPart zipf_text(const mpi::Communicator& comm, std::map<std::string, Index>* truth) {
  auto mine = std::make_shared<std::vector<std::string>>();
  for (Index piece = 0; piece < 40; ++piece) {
    RandomStream random(3, Purpose::test, static_cast<std::uint64_t>(piece));
    std::string text;
    for (int i = 0; i < 500; ++i) {
      const int number = static_cast<int>(300 * std::pow(random.uniform(), 3));
      const std::string word = (number % 3 == 0 ? "字" : "w") + std::to_string(number);
      text += word + (i % 10 == 9 ? "\n" : " ");
      if (truth) ++(*truth)[word];
    }
    if (piece % comm.size() == comm.rank()) mine->push_back(text);
  }
  return [mine, at = std::size_t{0}]() mutable -> std::optional<TextPart> {
    if (at == mine->size()) return std::nullopt;
    return TextPart{(*mine)[at++], &file_name, 0};
  };
}

TEST(CountWords, IsWhatOneMapCounts) {
  std::map<std::string, Index> truth;
  VocabularyOptions options;
  options.min_count = 20;
  const auto counted = count_words(test::comm(), zipf_text(test::comm(), &truth), {}, options);
  EXPECT_EQ(counted.words, 40 * 500);
  EXPECT_EQ(counted.different, static_cast<Index>(truth.size()));
  const auto& vocabulary = counted.vocabulary;
  EXPECT_EQ(vocabulary.sentences(), 40 * 50);
  Index kept = 0, in_corpus = 0;
  for (const auto& [word, count] : truth) {
    const Index id = vocabulary.find(word);
    EXPECT_EQ(id != Vocabulary::none, count >= 20) << word;
    if (id == Vocabulary::none) continue;
    ++kept;
    in_corpus += count;
    EXPECT_EQ(vocabulary.count(id), count);
    EXPECT_EQ(vocabulary.word(id), word);
  }
  EXPECT_EQ(vocabulary.size(), kept);
  EXPECT_EQ(vocabulary.words_in_corpus(), in_corpus);
  for (Index i = 1; i < kept; ++i) {  // by count, ties by word
    EXPECT_TRUE(vocabulary.count(i - 1) > vocabulary.count(i) ||
                (vocabulary.count(i - 1) == vocabulary.count(i) && vocabulary.word(i - 1) < vocabulary.word(i)));
  }
  EXPECT_EQ(vocabulary.find("nowhere"), Vocabulary::none);

  options.max_words = 7;
  const auto fewer = count_words(test::comm(), zipf_text(test::comm(), nullptr), {}, options);
  ASSERT_EQ(fewer.vocabulary.size(), 7);
  for (Index i = 0; i < 7; ++i) EXPECT_EQ(fewer.vocabulary.word(i), vocabulary.word(i));
}

TEST(CountWords, NothingLeft) {
  VocabularyOptions options;
  options.min_count = 1'000'000;
  try {
    count_words(test::comm(), zipf_text(test::comm(), nullptr), {}, options);
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), "--min-count");
  }
  EXPECT_THROW(count_words(test::comm(), [] { return std::nullopt; }, {}, {}), InputError);
}

TEST(NumberedWords, LeaveOutWhatIsUnknownAndKeepLineEnds) {
  const Vocabulary vocabulary(test::comm(), {"a", "b"}, {5, 9});
  bool given = false;
  const auto next = numbered(
      [&]() -> std::optional<TextPart> {
        if (std::exchange(given, true)) return std::nullopt;
        return TextPart{"a x b\nb a", &file_name, 0};
      },
      {}, vocabulary.table());
  std::vector<WordId> words;
  EXPECT_TRUE(next(words));
  EXPECT_EQ(words, (std::vector<WordId>{1, 0, line_end, 0, 1}));
  EXPECT_FALSE(next(words));
}

}  // namespace
}  // namespace replearn
