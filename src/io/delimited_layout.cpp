#include <algorithm>

#include "base/error.hpp"
#include "io/delimited.hpp"
#include "io/fields.hpp"
#include "io/text_file.hpp"

namespace replearn::io {
namespace {

enum class Answer { yes, no, find };

Answer answer(const std::string& option, const std::string& text) {
  if (text == "auto") return Answer::find;
  if (text == "yes") return Answer::yes;
  if (text == "no") return Answer::no;
  throw InputError("", option, in_quotes(text) + " is not an answer", "give auto, yes or no");
}

/// '\0' for "auto".
char separator_option(const std::string& text) {
  if (text == "auto") return '\0';
  if (text == "tab") return '\t';
  if (text == "comma") return ',';
  if (text.size() == 1) return text[0];
  throw InputError("", "delimiter", in_quotes(text) + " is not a delimiter", "give auto, tab, comma or one character");
}

/// Missing and infinite values count: they are errors in a row, but do not make it a header.
bool is_number(const std::string& field) {
  float value = 0;
  return parse_number(field, value) != NumberKind::not_a_number;
}

bool any_text(const std::vector<std::string>& fields, std::size_t from) {
  return std::any_of(fields.begin() + static_cast<std::ptrdiff_t>(std::min(from, fields.size())), fields.end(),
                     [](const auto& field) { return !is_number(field); });
}

/// The first line that is not empty nor, if comments may stand here, starts with '#'; false if there is none.
bool next_filled(TextLines& lines, bool skip_comments, std::string& line) {
  for (std::string_view next; lines.next(next);) {
    if (lines.line_number() == 1 && next.substr(0, 3) == "\xEF\xBB\xBF") next.remove_prefix(3);
    if (next.find_first_not_of(" \t") == std::string_view::npos || (skip_comments && next[0] == '#')) continue;
    line = next;
    return true;
  }
  return false;
}

}  // namespace

std::string describe(const DelimitedLayout& layout) {
  const char separator = layout.separator;
  const std::string between = separator == '\t'  ? "tab-separated"
                              : separator == ',' ? "comma-separated"
                              : separator == ' ' ? "separated by blanks"
                                                 : "separated by '" + std::string(1, separator) + "'";
  return std::to_string(layout.columns) + " columns of numbers, " + between +
         (layout.header ? ", with a header" : ", without a header") +
         (layout.row_names ? ", with row names" : ", without row names");
}

DelimitedLayout find_layout(const std::string& path, const InputOptions& options) {
  DelimitedLayout layout;
  layout.separator = separator_option(options.delimiter);
  const Answer header = answer("header", options.header), row_names = answer("row-names", options.row_names);

  TextLines lines(path);
  std::string first_line, second_line;
  if (!next_filled(lines, true, first_line)) throw InputError(path, "", "there are no rows", "make the file again");
  const Index first_number = lines.line_number(), after_first = lines.offset();
  const bool two = next_filled(lines, false, second_line);
  if (layout.separator == '\0') layout.separator = guess_separator(first_line);
  if (layout.separator == '\0') layout.separator = guess_separator(second_line);
  if (layout.separator == '\0') layout.separator = ',';
  auto first = split_fields(first_line, layout.separator);
  const auto second = two ? split_fields(second_line, layout.separator) : first;

  const bool short_header = two && first.size() + 1 == second.size();
  const bool corner_empty = first.size() > 1 && first[0].empty();
  if (header == Answer::find) {
    // The first field alone decides only where no row names can explain it.
    const bool names_below = !is_number(second[0]);
    layout.header = short_header || corner_empty || any_text(first, names_below ? 1 : 0);
  } else {
    layout.header = header == Answer::yes;
  }
  if (row_names == Answer::find) {
    layout.row_names = (layout.header && (short_header || corner_empty)) || !is_number(second[0]);
  } else {
    layout.row_names = row_names == Answer::yes;
  }
  const auto& row = layout.header ? second : first;
  layout.columns = static_cast<Index>(row.size()) - (layout.row_names ? 1 : 0);
  if (layout.header) {
    if (!two) throw InputError(path, "", "there is a header and no row below", "make the file again");
    if (layout.row_names && !short_header) first.erase(first.begin());
    layout.column_names = std::move(first);
    const auto named = static_cast<Index>(layout.column_names.size());
    if (named != layout.columns) {
      throw InputError(path, "line " + std::to_string(first_number),
                       "the header names " + std::to_string(named) + " columns, the line below has " +
                           std::to_string(layout.columns),
                       "mend the header, or say with the option header that there is none");
    }
  }
  if (layout.columns < 1) {
    throw InputError(path, "line " + std::to_string(first_number), "there is no column of numbers",
                     "check the delimiter, or say with the option row-names that the first column is not names");
  }
  if (layout.header) {
    layout.offset = after_first;
    layout.lines = first_number;
    return layout;
  }
  // The first row is a row: start at its line.
  TextLines again(path);
  for (std::string_view line; again.line_number() + 1 < first_number;) again.next(line);
  layout.offset = again.offset();
  layout.lines = again.line_number();
  return layout;
}

}  // namespace replearn::io
