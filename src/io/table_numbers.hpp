#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace replearn::io {

/// What a comma within a number means.
enum class Comma { unknown, decimal, thousands };

/// How a table's numbers are written: its separator says what a comma could be where nothing else does.
struct NumberStyle {
  char separator = ',';
  Comma comma = Comma::unknown;
};

enum class FieldKind { number, missing, infinite, ambiguous, text };

/// Reads a field of a table: plain numbers, numbers with a comma as the style says ("0,5", "1,046"), and what stands
/// for a missing value (nothing, NA, NaN, null, #N/A). With Comma::unknown a comma is taken for what it alone can be;
/// where it could be both, semicolons between the fields make it a decimal comma (as spreadsheets write), commas
/// thousands; else the field is ambiguous. Local.
FieldKind read_field(std::string_view field, const NumberStyle& style, float& value);

/// The meaning of commas by the fields of a sample of rows. Local.
Comma find_comma(const std::vector<std::vector<std::string>>& rows);

/// The separator under which most fields of the rows (but for their first) are numbers and rows are of one length: tab,
/// semicolon, comma or blanks; '\0' if none divides them. Local.
char find_separator(const std::vector<std::string>& rows);

}  // namespace replearn::io
