#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"
#include "base/unicode.hpp"

namespace replearn {

/// Treatment of bytes that are not UTF-8.
enum class BadUtf8 {
  error,    ///< stop and report file and byte
  replace,  ///< put U+FFFD in their place
  skip,     ///< drop the word
  latin1    ///< read the word as Windows-1252, the superset of Latin-1
};

struct TokenOptions {
  bool lowercase = false;
  bool strip_punctuation = false;  ///< at both ends of a word; words that are only punctuation are dropped
  BadUtf8 on_bad_utf8 = BadUtf8::error;
  Index max_word_length = 100;  ///< bytes; longer words are truncated at a character boundary

  void validate() const;
};

/// A piece of text that ends at a word boundary.
struct TextPart {
  std::string_view text;
  const std::string* file = nullptr;  ///< for messages
  Index offset = 0;                   ///< position of its first byte in the file's text
  bool ends_file = false;             ///< it is the last part of the file
};

/// Returns the parts of a text in order; nothing after the last. A part is valid until the next call.
using NextTextPart = std::function<std::optional<TextPart>()>;

/// Splits text into words at Unicode white space (see unicode::space_length). A line ends at LF, CR LF or CR, and at
/// the end of its file. UTF-8 is checked; letters are lowercased and punctuation is recognized in all scripts, by
/// Unicode categories. Local.
class Tokens {
 public:
  explicit Tokens(const TokenOptions& options);

  /// Calls word(std::string_view) for each word and line_end() at each line end. The view is valid during the call.
  /// Parts of a text must be passed in order. Throws InputError for invalid UTF-8, if the options say so, and for a
  /// zero byte, which does not occur in text.
  template <class Word, class LineEnd>
  void split(const TextPart& part, Word&& word, LineEnd&& line_end);

  Index words_cut() const { return cut_; }            ///< words truncated because of their length
  Index words_repaired() const { return repaired_; }  ///< not UTF-8, replaced or read as Latin-1
  Index words_skipped() const { return skipped_; }    ///< not UTF-8, dropped

 private:
  /// Throws if the part contains a zero byte; returns whether it is pure ASCII.
  static bool check_plain(const TextPart& part);
  /// The word after applying the options; empty: drop it. `at`: its position in the part.
  std::string_view normalize(std::string_view word, const TextPart& part, std::size_t at, bool ascii);
  std::string_view shorten(std::string_view word);
  std::string_view mend(std::string_view word, const TextPart& part, std::size_t at);
  std::string_view strip(std::string_view word) const;
  std::string_view lower(std::string_view word);

  TokenOptions options_;
  bool unchanged_;  ///< neither lowercased nor stripped
  std::string repaired_text_, lowered_text_;
  Index cut_ = 0, repaired_ = 0, skipped_ = 0;
  bool in_line_ = false;   ///< there is text after the last line end
  bool after_cr_ = false;  ///< the last byte was CR; a following LF belongs to it
};

/// White space between words.
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

template <class Word, class LineEnd>
void Tokens::split(const TextPart& part, Word&& word, LineEnd&& line_end) {
  const bool ascii = check_plain(part);
  const char* const begin = part.text.data();
  const char* const end = begin + part.text.size();
  const auto space_at = [&](const char* at) -> std::size_t {
    if (ascii || static_cast<unsigned char>(*at) < 0x80) return is_space(*at) ? 1 : 0;
    return unicode::space_length({at, static_cast<std::size_t>(end - at)});
  };
  for (const char* at = begin; at < end;) {
    if (const std::size_t space = space_at(at); space > 0) {
      const bool ends_line = *at == '\r' || (*at == '\n' && !after_cr_);
      after_cr_ = *at == '\r';
      in_line_ = !ends_line && (in_line_ || (*at != '\n' && *at != '\r'));
      if (ends_line) line_end();
      at += space;
      continue;
    }
    const char* first = at;
    while (at < end && space_at(at) == 0) ++at;
    in_line_ = true;
    after_cr_ = false;
    std::string_view found(first, static_cast<std::size_t>(at - first));
    if (!ascii || !unchanged_ || static_cast<Index>(found.size()) > options_.max_word_length) {
      found = normalize(found, part, static_cast<std::size_t>(first - begin), ascii);
    }
    if (!found.empty()) word(found);
  }
  if (!part.ends_file) return;
  if (in_line_) line_end();
  in_line_ = after_cr_ = false;
}

}  // namespace replearn
