#pragma once
#include <cstddef>
#include <string>
#include <string_view>

/// What Unicode knows of characters, and UTF-8. Local.
namespace replearn::unicode {

/// Decodes the character at the front of `text`, which is not empty (RFC 3629: no overlong forms, no surrogates, at
/// most U+10FFFF). Returns its length in bytes, 0 if there is none.
std::size_t decode(std::string_view text, char32_t& character);
/// Appends the character.
void encode(char32_t character, std::string& text);
/// Bytes at the front of `text` that are UTF-8.
std::size_t valid_prefix(std::string_view text);
inline bool is_valid(std::string_view text) {
  return valid_prefix(text) == text.size();
}

/// Bytes of the white space at the front of `text`, 0 if there is none: Unicode's White_Space (no-break, thin and
/// ideographic spaces, U+2028, U+0085 among them), and the byte order mark, wherever two files were joined. Not empty.
inline std::size_t space_length(std::string_view text);

/// With U+FFFD for each byte that is not UTF-8.
std::string repaired(std::string_view text);

/// The UTF-8 of a text in Windows-1252, the superset of Latin-1 that Windows writes.
std::string from_latin1(std::string_view text);

/// A character of one of the categories of punctuation (P). Symbols (S: + = $ and emoji) and marks (M) are not.
bool is_punctuation(char32_t character);
/// Its small letter, or itself.
char32_t lower(char32_t character);
/// What text that differs in capitals alone has in common (Unicode's case folding, NFC). What is not UTF-8 stays.
std::string folded(std::string_view text);

inline std::size_t space_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return first == ' ' || (first >= '\t' && first <= '\r') ? 1 : 0;
  const unsigned second = byte(1), third = byte(2);
  switch (first) {
    case 0xC2:  // U+0085, U+00A0
      return second == 0x85 || second == 0xA0 ? 2 : 0;
    case 0xE1:  // U+1680
      return second == 0x9A && third == 0x80 ? 3 : 0;
    case 0xE2:  // U+2000 to U+200A, U+2028, U+2029, U+202F; U+205F
      if (second == 0x80 && ((third >= 0x80 && third <= 0x8A) || third == 0xA8 || third == 0xA9 || third == 0xAF)) {
        return 3;
      }
      return second == 0x81 && third == 0x9F ? 3 : 0;
    case 0xE3:  // U+3000
      return second == 0x80 && third == 0x80 ? 3 : 0;
    case 0xEF:  // U+FEFF
      return second == 0xBB && third == 0xBF ? 3 : 0;
    default:
      return 0;
  }
}

}  // namespace replearn::unicode
