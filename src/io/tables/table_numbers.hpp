#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace replearn::io {

/// Meaning of a comma within a number.
enum class Comma { unknown, decimal, thousands };

/// Number format of a table; the field separator resolves ambiguous commas.
struct NumberStyle {
  char separator = ',';
  Comma comma = Comma::unknown;
};

enum class FieldKind { number, missing, infinite, ambiguous, text };

/// Parses a table field: plain numbers, numbers with a comma according to the style ("0,5", "1,046"), and missing
/// values (empty, NA, NaN, null, #N/A). With Comma::unknown, a comma has the only possible meaning; if both are
/// possible, it is a decimal comma in tables separated by semicolons (as spreadsheets write) and a thousands separator
/// in those separated by commas; otherwise the field is ambiguous. Local.
FieldKind read_field(std::string_view field, const NumberStyle& style, float& value);

/// Determines the meaning of commas from a sample of rows. Local.
Comma find_comma(const std::vector<std::vector<std::string>>& rows);

/// The separator for which most fields of the rows (except the first) are numbers and all rows have the same length:
/// tab, semicolon, comma or blanks; '\0' if there is none. Local.
char find_separator(const std::vector<std::string>& rows);

}  // namespace replearn::io
