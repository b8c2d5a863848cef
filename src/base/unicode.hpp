#pragma once
#include <cstddef>
#include <string>
#include <string_view>

/// UTF-8 and Unicode character properties. Local.
namespace replearn::unicode {

/// Decodes the first character of a nonempty text (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
/// Returns its length in bytes, 0 if invalid.
std::size_t decode(std::string_view text, char32_t& character);
/// Appends the character in UTF-8.
void encode(char32_t character, std::string& text);
/// Length in bytes of the valid UTF-8 at the start of `text`.
std::size_t valid_prefix(std::string_view text);
inline bool is_valid(std::string_view text) {
  return valid_prefix(text) == text.size();
}

/// Length in bytes of the white-space character at the start of a nonempty text, 0 if there is none: Unicode's
/// White_Space (including no-break, thin and ideographic spaces, U+2028, U+0085) and the byte order mark, which occurs
/// where files were concatenated.
inline std::size_t space_length(std::string_view text);

/// Replaces each invalid UTF-8 byte by U+FFFD.
std::string repaired(std::string_view text);

/// Converts a text from Windows-1252, the superset of Latin-1 used by Windows, to UTF-8.
std::string from_latin1(std::string_view text);

/// Whether a character is in a punctuation category (P). Symbols (S: + = $ and emoji) and marks (M) are not.
bool is_punctuation(char32_t character);
/// The lowercase letter, or the character itself.
char32_t lower(char32_t character);
/// Unicode case folding (NFC), for case-insensitive comparison. Text that is not UTF-8 is returned unchanged.
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
