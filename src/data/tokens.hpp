#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"
#include "base/unicode.hpp"

namespace replearn {

/// What to do where bytes are not UTF-8.
enum class BadUtf8 {
  error,    ///< stop, and tell file and byte
  replace,  ///< put U+FFFD in their place
  skip,     ///< leave the word out
  latin1    ///< read the word as Windows-1252, the superset of Latin-1
};

struct TokenOptions {
  bool lowercase = false;
  bool strip_punctuation = false;  ///< at both ends of a word; a word of nothing else is left out
  BadUtf8 on_bad_utf8 = BadUtf8::error;
  Index max_word_length = 100;  ///< bytes; what is longer is cut, where a character ends

  void validate() const;
};

/// Some text that ends where a word does.
struct TextPart {
  std::string_view text;
  const std::string* file = nullptr;  ///< for messages
  Index offset = 0;                   ///< of its first byte in the file's text
  bool ends_file = false;             ///< nothing of the file comes behind it
};

/// The parts of some text one after the other; nothing behind the last. A part is valid until the call after.
using NextTextPart = std::function<std::optional<TextPart>()>;

/// Cuts text into words: what stands between white space, that of Unicode (see unicode::space_length). A line ends at
/// LF, CR LF or CR, and where its file does. UTF-8 is checked; letters are lowered and punctuation known in all
/// scripts, by Unicode's categories. Local.
class Tokens {
 public:
  explicit Tokens(const TokenOptions& options);

  /// Calls word(std::string_view) for each word and line_end() at each line end. A view is valid during the call. Parts
  /// of one text are to be given in their order.
  /// Throws InputError for what is not UTF-8, if the options say so, and for a byte 0: that is no text.
  template <class Word, class LineEnd>
  void split(const TextPart& part, Word&& word, LineEnd&& line_end);

  Index words_cut() const { return cut_; }            ///< because they were too long
  Index words_repaired() const { return repaired_; }  ///< not UTF-8, replaced or read as Latin-1
  Index words_skipped() const { return skipped_; }    ///< not UTF-8, left out

 private:
  /// Throws if the part has a byte 0; true if it is ASCII throughout.
  static bool check_plain(const TextPart& part);
  /// The word as the options want it; empty: leave it out. `at`: its place in the part.
  std::string_view normalize(std::string_view word, const TextPart& part, std::size_t at, bool ascii);
  std::string_view shorten(std::string_view word);
  std::string_view mend(std::string_view word, const TextPart& part, std::size_t at);
  std::string_view strip(std::string_view word) const;
  std::string_view lower(std::string_view word);

  TokenOptions options_;
  bool unchanged_;  ///< neither lowered nor stripped
  std::string repaired_text_, lowered_text_;
  Index cut_ = 0, repaired_ = 0, skipped_ = 0;
  bool in_line_ = false;   ///< something stands behind the last line end
  bool after_cr_ = false;  ///< an LF that comes now belongs to it
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
