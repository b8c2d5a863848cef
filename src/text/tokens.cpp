#include "text/tokens.hpp"

#include <algorithm>
#include <cstdint>

#include "base/error.hpp"
#include "base/unicode.hpp"

namespace replearn {

void TokenOptions::validate() const {
  if (max_word_length < 1) throw InputError("", "--max-word-length", "must be at least 1", "omit it, or use 100");
}

Tokens::Tokens(const TokenOptions& options)
    : options_(options), unchanged_(!options.lowercase && !options.strip_punctuation) {
  options.validate();
}

bool Tokens::check_plain(const TextPart& part) {
  std::uint8_t any_high = 0, any_zero = 0;
  for (const char c : part.text) {
    any_high |= static_cast<std::uint8_t>(c);
    any_zero |= static_cast<std::uint8_t>(c == 0);
  }
  if (any_zero != 0) {
    throw InputError(*part.file, "byte " + std::to_string(part.offset + static_cast<Index>(part.text.find('\0'))),
                     "is 0: the file is not text", "omit it, or convert it to plain text");
  }
  return any_high < 0x80;
}

std::string_view Tokens::normalize(std::string_view word, const TextPart& part, std::size_t at, bool ascii) {
  if (!ascii) word = mend(word, part, at);
  if (options_.strip_punctuation) word = strip(word);
  if (options_.lowercase) word = lower(word);
  return shorten(word);
}

std::string_view Tokens::mend(std::string_view word, const TextPart& part, std::size_t at) {
  const std::size_t good = unicode::valid_prefix(word);
  if (good == word.size()) return word;
  if (options_.on_bad_utf8 == BadUtf8::error) {
    throw InputError(
        *part.file, "byte " + std::to_string(part.offset + static_cast<Index>(at + good)), "is not UTF-8",
        "correct the file, or choose --on-bad-utf8 latin-1 (text from Windows or old Unix systems), replace or skip");
  }
  if (options_.on_bad_utf8 == BadUtf8::skip) {
    ++skipped_;
    return {};
  }
  ++repaired_;
  repaired_text_ = options_.on_bad_utf8 == BadUtf8::latin1 ? unicode::from_latin1(word) : unicode::repaired(word);
  return repaired_text_;
}

std::string_view Tokens::shorten(std::string_view word) {
  const auto most = static_cast<std::size_t>(options_.max_word_length);
  if (word.size() <= most) return word;
  ++cut_;
  std::size_t end = most;
  while (end > 0 && (static_cast<std::uint8_t>(word[end]) & 0xC0) == 0x80) --end;
  return word.substr(0, end);
}

std::string_view Tokens::strip(std::string_view word) const {
  std::size_t begin = 0, end = 0;  // range without punctuation
  bool found = false;
  char32_t character;
  for (std::size_t at = 0, length; at < word.size(); at += length) {
    length = std::max<std::size_t>(1, unicode::decode(word.substr(at), character));
    if (unicode::is_punctuation(character)) continue;
    if (!found) begin = at;
    found = true;
    end = at + length;
  }
  return word.substr(begin, end - begin);
}

std::string_view Tokens::lower(std::string_view word) {
  lowered_text_.clear();
  char32_t character;
  for (std::size_t at = 0, length; at < word.size(); at += length) {
    length = std::max<std::size_t>(1, unicode::decode(word.substr(at), character));
    unicode::encode(unicode::lower(character), lowered_text_);
  }
  return lowered_text_;
}

}  // namespace replearn
