#pragma once
#include <locale.h>

#include <clocale>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// What to do where bytes are not UTF-8.
enum class BadUtf8 {
  error,    ///< stop, and tell file and byte
  replace,  ///< put U+FFFD in their place
  skip      ///< leave the word out
};

struct TokenOptions {
  bool lowercase = false;
  bool strip_punctuation = false;  ///< at both ends of a word; a word of nothing else is left out
  BadUtf8 on_bad_utf8 = BadUtf8::error;
  Index longest_word = 100;  ///< bytes; what is longer is cut, where a character ends

  void validate() const;
};

/// Some text that ends where a word does.
struct TextPart {
  std::string_view text;
  const std::string* file = nullptr;  ///< for messages
  Index offset = 0;                   ///< of its first byte in the file's text
};

/// The parts of some text one after the other; nothing behind the last. A part is valid until the call after.
using NextTextPart = std::function<std::optional<TextPart>()>;

/// Cuts text into words: what stands between white space (blank, tab, line ends and feeds of ASCII). UTF-8 is checked;
/// letters are lowered and punctuation known in all scripts (by the C.UTF-8 locale). Local.
class Tokens {
 public:
  explicit Tokens(const TokenOptions& options);

  /// Calls word(std::string_view) for each word and line_end() at each line end. A view is valid during the call.
  /// Throws InputError for what is not UTF-8, if the options say so, and for a byte 0: that is no text.
  template <class Word, class LineEnd>
  void split(const TextPart& part, Word&& word, LineEnd&& line_end);

  Index words_cut() const { return cut_; }          ///< because they were too long
  Index words_mended() const { return mended_; }    ///< not UTF-8, replaced
  Index words_skipped() const { return skipped_; }  ///< not UTF-8, left out

 private:
  /// Throws if the part has a byte 0; true if it is ASCII throughout.
  static bool check_plain(const TextPart& part);
  /// The word as the options want it; empty: leave it out. `at`: its place in the part.
  std::string_view normalize(std::string_view word, const TextPart& part, std::size_t at, bool ascii);
  std::string_view shorten(std::string_view word);
  std::string_view mend(std::string_view word, const TextPart& part, std::size_t at);
  std::string_view strip(std::string_view word) const;
  std::string_view lower(std::string_view word);

  struct Free {
    void operator()(locale_t locale) const { freelocale(locale); }
  };
  TokenOptions options_;
  bool as_they_are_;  ///< neither lowered nor stripped
  std::unique_ptr<std::remove_pointer_t<locale_t>, Free> locale_;
  std::string mended_text_, lowered_text_;
  Index cut_ = 0, mended_ = 0, skipped_ = 0;
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
  for (const char* at = begin; at < end;) {
    if (is_space(*at)) {
      if (*at == '\n') line_end();
      ++at;
      continue;
    }
    const char* first = at;
    while (at < end && !is_space(*at)) ++at;
    std::string_view found(first, static_cast<std::size_t>(at - first));
    if (!ascii || !as_they_are_ || static_cast<Index>(found.size()) > options_.longest_word) {
      found = normalize(found, part, static_cast<std::size_t>(first - begin), ascii);
    }
    if (!found.empty()) word(found);
  }
}

}  // namespace replearn
