#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"

namespace replearn::io {

/// What a text says as a float32.
enum class NumberKind { finite, not_finite, no_number };

/// Reads the whole of `text` (blanks around it and a leading '+' allowed) into `value`. "NaN", "NA", "Inf" and numbers
/// beyond float32 are not_finite; other text, and none at all, is no_number.
NumberKind parse_number(std::string_view text, float& value);
/// The same in float64.
NumberKind parse_number(std::string_view text, double& value);

/// Takes the fields of a line one by one. A field in double quotes may hold the separator, and "" for a quote; it may
/// not hold a line end. Separator ' ' stands for any run of blanks.
class FieldSplitter {
 public:
  FieldSplitter(std::string_view line, char separator) : line_(line), separator_(separator) {}
  /// The next field, without its quotes; false behind the last. A line without text has one empty field, unless the
  /// separator is ' '.
  bool next(std::string_view& field);

 private:
  std::string_view line_;
  char separator_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

/// A field as its author meant it: "" is one quote.
std::string field_text(std::string_view field);

/// All fields of a line as texts.
std::vector<std::string> split_fields(std::string_view line, char separator);

/// The separator that a line seems to use: tab, comma, semicolon, blanks, in this order; '\0' if none.
char guess_separator(std::string_view line);

/// A text shortened for a message, in quotes. Control characters, as a file that is no text has them, as \x00: one
/// would end the message, or its line.
std::string in_quotes(std::string_view text);

}  // namespace replearn::io
