#include "data/tokens.hpp"

#include <wctype.h>

#include <algorithm>
#include <cstdint>

#include "base/error.hpp"

namespace replearn {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// Decodes the character at the front of `text` (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
/// Returns its length in bytes, 0 if there is none.
std::size_t decode(std::string_view text, char32_t& character) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) {
    character = first;
    return 1;
  }
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : (first & 0xF0) == 0xE0         ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || text.size() < length) return 0;
  character = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    character = character << 6 | (byte(i) & 0x3Fu);
  }
  if (length == 3 && (character < 0x800 || (character >= 0xD800 && character <= 0xDFFF))) return 0;
  if (length == 4 && (character < 0x10000 || character > 0x10FFFF)) return 0;
  return length;
}

void encode(char32_t c, std::string& text) {
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  text += static_cast<char>((0xFF00u >> (more + 1) & 0xFFu) | c >> (6 * more));
  for (int i = more - 1; i >= 0; --i) text += static_cast<char>(0x80u | (c >> (6 * i) & 0x3Fu));
}

/// Bytes at the front of `text` that are UTF-8.
std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0;
  char32_t character;
  while (at < text.size()) {
    const std::size_t length = decode(text.substr(at), character);
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace

void TokenOptions::validate() const {
  if (longest_word < 1) throw InputError("", "--longest-word", "must be at least 1", "leave it out, or take 100");
}

Tokens::Tokens(const TokenOptions& options)
    : options_(options), as_they_are_(!options.lowercase && !options.strip_punctuation) {
  options.validate();
  if (as_they_are_) return;
  locale_.reset(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr));
  if (!locale_) throw SystemError("the locale C.UTF-8, which knows letters and punctuation, is not on this machine");
}

bool Tokens::check_plain(const TextPart& part) {
  std::uint8_t any_high = 0, any_zero = 0;
  for (const char c : part.text) {
    any_high |= static_cast<std::uint8_t>(c);
    any_zero |= static_cast<std::uint8_t>(c == 0);
  }
  if (any_zero != 0) {
    throw InputError(*part.file, "byte " + std::to_string(part.offset + static_cast<Index>(part.text.find('\0'))),
                     "is 0: the file is not text", "leave it out, or turn it into plain text");
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
  std::size_t good = valid_prefix(word);
  if (good == word.size()) return word;
  if (options_.on_bad_utf8 == BadUtf8::error) {
    throw InputError(*part.file, "byte " + std::to_string(part.offset + static_cast<Index>(at + good)), "is not UTF-8",
                     "mend the file, or choose --on-bad-utf8 replace or skip");
  }
  if (options_.on_bad_utf8 == BadUtf8::skip) {
    ++skipped_;
    return {};
  }
  ++mended_;
  mended_text_.clear();
  while (true) {
    mended_text_ += word.substr(0, good);
    word.remove_prefix(good);
    if (word.empty()) return mended_text_;
    mended_text_ += replacement;
    word.remove_prefix(1);
    good = valid_prefix(word);
  }
}

std::string_view Tokens::shorten(std::string_view word) {
  const auto most = static_cast<std::size_t>(options_.longest_word);
  if (word.size() <= most) return word;
  ++cut_;
  std::size_t end = most;
  while (end > 0 && (static_cast<std::uint8_t>(word[end]) & 0xC0) == 0x80) --end;
  return word.substr(0, end);
}

std::string_view Tokens::strip(std::string_view word) const {
  std::size_t begin = 0, end = 0;  // of what is not punctuation
  bool found = false;
  char32_t character;
  for (std::size_t at = 0, length; at < word.size(); at += length) {
    length = std::max<std::size_t>(1, decode(word.substr(at), character));
    if (iswpunct_l(static_cast<wint_t>(character), locale_.get()) != 0) continue;
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
    length = std::max<std::size_t>(1, decode(word.substr(at), character));
    encode(static_cast<char32_t>(towlower_l(static_cast<wint_t>(character), locale_.get())), lowered_text_);
  }
  return lowered_text_;
}

}  // namespace replearn
