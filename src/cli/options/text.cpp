#include "app/text/corpus.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet text_options(TextSettings& settings, const std::string& output_help, std::vector<std::string> extensions) {
  OptionSet set("text", "Text");
  set.add("input", settings.input,
          "Input text: files, folders or patterns such as news/*.txt.gz, with one sentence per line or running text, "
          "plain or compressed (gzip, bzip2, xz, zstd, lz4). UTF-8; UTF-16 and UTF-32 are detected. A file that is "
          "compressed or not UTF-8 is read by a single rank")
      .reads_text()
      .add("output", settings.output, output_help)
      .writes_file(std::move(extensions))
      .add("lowercase", settings.tokens.lowercase, "Convert all letters to lower case, in any script")
      .add(
          "strip-punctuation", settings.tokens.strip_punctuation,
          "Strip punctuation (Unicode categories P) from both ends of words, and drop tokens that are only punctuation")
      .add_choice("on-bad-utf8", settings.tokens.on_bad_utf8,
                  {{"error", BadUtf8::error},
                   {"replace", BadUtf8::replace},
                   {"skip", BadUtf8::skip},
                   {"latin-1", BadUtf8::latin1}},
                  "Treatment of invalid UTF-8. error: stop and report file and byte; replace: substitute U+FFFD; skip: "
                  "drop the word; latin-1: read the word as Latin-1 (Windows-1252)")
      .add("max-word-length", settings.tokens.max_word_length,
           "Maximum word length in bytes; longer words are truncated at a character boundary")
      .between(1, 1e6);
  set.show_common({"input", "output", "lowercase", "strip-punctuation"}).show_empty_as("required", {"input", "output"});
  return set;
}

OptionSet vocabulary_options(VocabularySettings& settings) {
  OptionSet set("vocabulary", "Vocabulary", &settings.given);
  set.add("min-count", settings.method.min_count,
          "Drop words that occur less often than this; the default becomes 1 if fewer than two words would remain")
      .between(0, 1e15)
      .add("max-words", settings.method.max_words, "Keep at most this many words, most frequent first")
      .between(0, 1e12)
      .add("save-vocab", settings.save, "Output file for the words and their counts, in the format of the C program")
      .writes_file({})
      .add("read-vocab", settings.read, "Read words and counts from this file (see --save-vocab) instead of counting")
      .reads_file();
  set.show_zero_as("all", {"max-words"});
  return set;
}

}  // namespace replearn::cli
