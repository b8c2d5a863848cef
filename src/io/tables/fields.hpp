#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"

namespace replearn::io {

/// Result of parsing a text as float32.
enum class NumberKind { finite, not_finite, no_number };

/// Reads the whole of `text` (blanks around it and a leading '+' allowed) into `value`. "NaN", "NA", "Inf" and numbers
/// beyond float32 are not_finite; other text, and none at all, is no_number.
NumberKind parse_number(std::string_view text, float& value);
/// Like read_number, in float64.
NumberKind parse_number(std::string_view text, double& value);

/// Splits a line into fields, one at a time. A field in double quotes may hold the separator, and "" for a quote; it
/// may not hold a line end. Separator ' ' stands for any run of blanks.
class FieldSplitter {
 public:
  FieldSplitter(std::string_view line, char separator) : line_(line), separator_(separator) {}
  /// Returns the next field without its quotes; false after the last. An empty line has one empty field, unless the
  /// separator is ' '.
  bool next(std::string_view& field);

 private:
  std::string_view line_;
  char separator_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

/// Unescapes a quoted field: "" becomes one quote.
std::string field_text(std::string_view field);

/// All fields of a line as texts.
std::vector<std::string> split_fields(std::string_view line, char separator);

/// Guesses the separator of a line: tab, comma, semicolon or blanks, in this order; '\0' if none occurs.
char guess_separator(std::string_view line);

/// Without blanks, tabs and carriage returns at its ends.
std::string_view trimmed(std::string_view text);

/// Quotes and shortens a text for a message. Control characters (from binary files) are shown as \x00, since they could
/// break the message.
std::string in_quotes(std::string_view text);

/// "line 12", as the place of an error in a text file.
std::string line_place(Index number);

/// The text with lowercase ASCII letters.
std::string lower_case(std::string text);

}  // namespace replearn::io
