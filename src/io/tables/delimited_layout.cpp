#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "io/tables/delimited.hpp"
#include "io/tables/fields.hpp"
#include "io/tables/table_names.hpp"
#include "io/text/text_file.hpp"

namespace replearn::io {
namespace {

using Fields = std::vector<std::string>;

enum class Answer { yes, no, find };

Answer answer(const std::string& option, const std::string& text) {
  if (text == "auto") return Answer::find;
  if (text == "yes") return Answer::yes;
  if (text == "no") return Answer::no;
  throw InputError("", "--" + option, in_quotes(text) + " is not a valid value", "use auto, yes or no");
}

/// '\0' for "auto".
char separator_option(const std::string& text) {
  if (text == "auto") return '\0';
  if (text == "tab") return '\t';
  if (text == "comma") return ',';
  if (text.size() == 1) return text[0];
  throw InputError("", "--delimiter", in_quotes(text) + " is not a delimiter",
                   "use auto, tab, comma or a single character");
}

Comma comma_option(const std::string& text) {
  if (text == "auto") return Comma::unknown;
  if (text == "point") return Comma::thousands;
  if (text == "comma") return Comma::decimal;
  throw InputError("", "--decimal", in_quotes(text) + " is not a decimal sign", "use auto, point or comma");
}

void check_missing_option(const std::string& text) {
  if (text == "auto" || text == "zero" || text == "nan" || text == "error") return;
  throw InputError("", "--missing", in_quotes(text) + " is not a valid value", "use auto, zero, nan or error");
}

enum class Gct { none, plain, later };

/// The first lines of a table.
struct Sample {
  Gct gct = Gct::none;
  bool exclamation_comments = false;
  Recoding recoding = Recoding::none;
  std::string first;               ///< the first line: a header or a row
  Index first_number = 0;          ///< its number in the file
  Index before = 0, after = 0;     ///< byte offsets of this line and of the next
  std::vector<std::string> below;  ///< the nonempty lines below it
};

/// Excel's "sep=" line, which names the separator.
bool names_separator(std::string_view line) {
  return line.size() == 5 && line.starts_with("sep=");
}

/// GCT format (GenePattern, GTEx): "#1.2", then the numbers of rows and columns, then the table.
Gct gct_version(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t") + 1);  // spreadsheets append tabs
  if (line == "#1.2") return Gct::plain;
  return line == "#1.3" ? Gct::later : Gct::none;
}

bool holds_nothing(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

Sample read_sample(const std::string& path) {
  constexpr std::size_t max_lines = 50, max_bytes = 4 << 20;
  Sample sample;
  TextLines lines(path, TextEncoding::found);
  std::size_t bytes = 0;
  Index before = 0;
  for (std::string_view line; lines.next(line); before = lines.offset()) {
    if (lines.line_number() == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    const bool top = sample.first_number == 0;
    if (top && line.starts_with("!")) sample.exclamation_comments = true;
    if (lines.line_number() == 1) sample.gct = gct_version(line);
    if (sample.gct == Gct::later) {
      throw InputError(path, "line 1", "a GCT file of version 1.3, whose first rows and columns are annotations",
                       "write it as .h5ad: cmapPy reads it (cmapPy.pandasGEXpress.parse), or save the values as CSV");
    }
    if (lines.line_number() == 2 && sample.gct == Gct::plain) continue;  // numbers of rows and columns
    if (holds_nothing(line) || (top && names_separator(line)) || (top && line[0] == '#') ||
        (sample.exclamation_comments && line[0] == '!'))
      continue;
    if (top) {
      sample.first = line;
      sample.first_number = lines.line_number();
      sample.before = before;
      sample.after = lines.offset();
      continue;
    }
    sample.below.emplace_back(line);
    bytes += line.size();
    if (sample.below.size() >= max_lines || (bytes > max_bytes && sample.below.size() > 1)) break;
  }
  sample.recoding = lines.file().recoding();
  if (sample.first_number == 0) {
    throw InputError(path, "", "there are no rows",
                     sample.exclamation_comments ? "a GEO series matrix without values: the data are in the series' "
                                                   "supplementary files"
                                                 : "write the file again");
  }
  return sample;
}

/// Properties of the columns of some rows.
class Columns {
 public:
  /// first: the line above the rows; its empty last fields distinguish trailing separators from missing values.
  Columns(const Fields& first, std::vector<Fields> rows, const NumberStyle& style)
      : rows_(std::move(rows)), style_(style) {
    // The most common row length, or that of the first row: rows of any other length are erroneous.
    std::map<std::size_t, std::size_t> lengths;
    for (const auto& row : rows_) ++lengths[row.size()];
    width_ = rows_.front().size();
    for (const auto& [length, count] : lengths) width_ = count > lengths[width_] ? length : width_;
    const auto unnamed = [&](std::size_t j) { return j >= first.size() || first[j].empty(); };
    while (width_ > 1 && unnamed(width_ - 1) && always(width_ - 1, [](const auto& field) { return field.empty(); })) {
      --width_;
    }
  }

  std::size_t width() const { return width_; }
  const std::vector<Fields>& rows() const { return rows_; }
  Fields column(std::size_t j) const {
    Fields fields;
    for (const auto& row : rows_) fields.push_back(j < row.size() ? row[j] : "");
    return fields;
  }
  bool is_number(const std::string& field) const { return kind(field) != FieldKind::text; }
  FieldKind kind(const std::string& field) const {
    float value = 0;
    return read_field(field, style_, value);
  }
  /// Mostly text: one mistyped number does not turn a column into labels.
  bool is_text(std::size_t j) const {
    std::size_t texts = 0;
    for (const auto& row : rows_) texts += j < row.size() && !row[j].empty() && !is_number(row[j]);
    return 2 * texts > rows_.size();
  }
  bool all_different(std::size_t j) const {
    const Fields fields = column(j);
    return std::set<std::string>(fields.begin(), fields.end()).size() == fields.size();
  }
  /// 1, 2, 3, ... (or from 0).
  bool counts_rows(std::size_t j) const {
    const Fields fields = column(j);
    if (fields.empty() || (fields[0] != "0" && fields[0] != "1")) return false;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i] != std::to_string(i + (fields[0] == "1"))) return false;
    }
    return true;
  }
  bool whole(std::size_t j) const {
    return always(j, [](const auto& field) {
      return !field.empty() && field.find_first_not_of("0123456789") == std::string::npos;
    });
  }
  /// The smallest value of column 0 and the largest of all others.
  std::pair<float, float> range_beside() const {
    float least = 0, most = 0, value = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      for (std::size_t j = 0; j < rows_[i].size(); ++j) {
        if (read_field(rows_[i][j], style_, value) != FieldKind::number) continue;
        if (j > 0) most = std::max(most, value);
        if (j == 0) least = i == 0 ? value : std::min(least, value);
      }
    }
    return {least, most};
  }

 private:
  template <class Holds>
  bool always(std::size_t j, Holds holds) const {
    return !rows_.empty() &&
           std::all_of(rows_.begin(), rows_.end(), [&](const auto& row) { return j < row.size() && holds(row[j]); });
  }

  std::vector<Fields> rows_;
  const NumberStyle& style_;
  std::size_t width_ = 0;
};

/// Whether unique whole numbers below a header are names: the header says so, they number the rows, or they are much
/// larger than all values. Requires at least three rows.
bool numeric_names(const Columns& columns, const std::string& corner) {
  if (columns.rows().size() < 3 || columns.width() < 2 || !columns.whole(0) || !columns.all_different(0)) return false;
  const auto [least, most] = columns.range_beside();
  return corner_says(corner) != Corner::nothing || columns.counts_rows(0) || (least >= 1000 && least > 10 * most);
}

bool any_text_above_numbers(const Columns& columns, const Fields& first, std::size_t from) {
  for (std::size_t j = from; j < std::max(first.size(), columns.width()); ++j) {
    if (j < columns.width() && columns.is_text(j)) continue;
    if (j < first.size() && !first[j].empty() && !columns.is_number(first[j])) return true;
  }
  return false;
}

const Fields featurecounts = {"Geneid", "Chr", "Start", "End", "Strand", "Length"};

/// Determines the kind of each column and the one that names the rows. `header`: one name per field.
void find_kinds(DelimitedLayout& layout, const Columns& columns, const Fields& header) {
  const std::size_t width = columns.width();
  layout.kinds.assign(width, ColumnKind::value);
  if (layout.row_names) layout.kinds[0] = ColumnKind::name;
  const bool annotated =
      std::equal(featurecounts.begin(), featurecounts.end(), header.begin(),
                 header.begin() + static_cast<std::ptrdiff_t>(std::min(header.size(), featurecounts.size())));
  for (std::size_t j = 1; j < width; ++j) {
    const bool numbered_ids = j < header.size() && gene_column(header[j]) == GeneColumn::id &&
                              corner_says(header[0]) == Corner::genes && layout.kinds[j - 1] != ColumnKind::value;
    if (columns.is_text(j) || numbered_ids || (annotated && j < featurecounts.size())) {
      layout.kinds[j] = ColumnKind::label;
    }
  }
  if (!layout.row_names && columns.is_text(0)) layout.kinds[0] = ColumnKind::label;
  if (!layout.row_names || width < 2 || layout.kinds[1] != ColumnKind::label) return;
  const auto called = [&](std::size_t j) { return j < header.size() ? header[j] : std::string(); };
  if (columns.counts_rows(0) && columns.all_different(1)) {
    layout.kinds[0] = ColumnKind::nothing;
    layout.kinds[1] = ColumnKind::name;
    layout.notes.push_back("the first column numbers the rows; their names are the second's");
    return;
  }
  // gene_id beside gene_name, in either order: as in 10x files, symbols become the names and ids a separate column.
  const auto named = std::find(layout.kinds.begin(), layout.kinds.end(), ColumnKind::value) - layout.kinds.begin();
  const auto [id, symbol] =
      find_gene_columns({header.begin(), header.begin() + std::min<std::ptrdiff_t>(named, std::ssize(header))});
  if (id < 0 || symbol < 0 || std::min(id, symbol) != 0) return;
  if (corner_says(called(0)) != Corner::genes &&
      corner_says(called(static_cast<std::size_t>(std::max(id, symbol)))) != Corner::genes)
    return;
  layout.kinds[0] = ColumnKind::label;
  layout.kinds[symbol] = ColumnKind::name;
  layout.gene_ids = id;
}

/// Column names by kind, from the header.
void name_columns(DelimitedLayout& layout, const Fields& header, const std::string& path, Index line) {
  const auto fields = layout.kinds.size();
  if (layout.header && header.size() != fields) {
    const auto without = static_cast<Index>(fields) - layout.columns;
    throw InputError(path, line_place(line),
                     "the header names " + std::to_string(static_cast<Index>(header.size()) - without) +
                         " columns, the line below has " + std::to_string(layout.columns),
                     "correct the header, or set --header no if there is none");
  }
  for (std::size_t j = 0; j < fields; ++j) {
    std::string name = layout.header ? header[j] : std::string();
    if (layout.kinds[j] == ColumnKind::value && layout.header) layout.column_names.push_back(std::move(name));
    if (layout.kinds[j] == ColumnKind::label) {
      if (static_cast<Index>(j) == layout.gene_ids) name = "gene_ids";
      layout.label_names.push_back(name.empty() ? "label_" + std::to_string(j + 1) : name);
    }
  }
}

/// Rejects a long table with one entry per line, as UMI-tools writes it.
void refuse_long_table(const DelimitedLayout& layout, const Columns& columns, const Fields& header,
                       const std::string& path) {
  if (!layout.header || layout.columns != 1 || columns.width() < 3 || columns.width() > 5) return;
  const auto says = [&](Corner what) {
    return std::any_of(header.begin(), header.end(), [&](const auto& name) { return corner_says(name) == what; });
  };
  if (!says(Corner::genes) || !says(Corner::cells)) return;
  throw InputError(
      path, "",
      "a long table with one entry per line (" + header[0] + ", " + header[1] + ", " + header[2] + "), not a matrix",
      "convert it to a wide table: python3 -c \"import pandas as p; t = p.read_csv('" + path +
          "', sep=None, "
          "engine='python'); t.pivot_table(index='" +
          header[1] + "', columns='" + header[0] + "', values='" + header[2] +
          "', fill_value=0).to_csv('cells.csv')\"");
}

void find_orientation(DelimitedLayout& layout, const Columns& columns, const Fields& header,
                      const InputOptions& options, bool gct) {
  if (options.transpose) {
    layout.transpose = *options.transpose;
    return;
  }
  const auto names = std::find(layout.kinds.begin(), layout.kinds.end(), ColumnKind::name);
  const auto place = static_cast<std::size_t>(names - layout.kinds.begin());
  const Fields row_names = names == layout.kinds.end() ? Fields() : columns.column(place);
  layout.transpose = rows_are_genes(row_names, layout.column_names, header.empty() ? "" : header[0]);
  if (gct) {
    layout.transpose = true;
    layout.notes.push_back("a GCT file: rows are genes");
  } else if (layout.transpose) {
    layout.notes.push_back(
        "rows are read as genes and columns as cells, judging by their names (otherwise use --transpose=no)");
  } else if (layout.row_names || layout.header) {
    layout.notes.push_back("rows are read as cells and columns as genes (use --transpose for the opposite)");
  }
}

void refuse_ambiguous_numbers(const Columns& columns, const std::string& path) {
  for (const auto& row : columns.rows()) {
    for (std::size_t j = 1; j < row.size(); ++j) {
      if (columns.kind(row[j]) != FieldKind::ambiguous) continue;
      std::string decimal = row[j];
      std::replace(decimal.begin(), decimal.end(), ',', '.');
      throw InputError(path, "column " + std::to_string(j + 1),
                       in_quotes(row[j]) + " may be " + decimal + " or have a comma between thousands",
                       "choose --decimal comma or --decimal point");
    }
  }
}

}  // namespace

std::string describe(const DelimitedLayout& layout) {
  const char separator = layout.style.separator;
  const std::string between = separator == '\t'  ? "tab-separated"
                              : separator == ',' ? "comma-separated"
                              : separator == ' ' ? "separated by blanks"
                                                 : "separated by '" + std::string(1, separator) + "'";
  return std::to_string(layout.columns) + " columns of numbers, " + between +
         (layout.style.comma == Comma::decimal ? ", with decimal commas" : "") +
         (layout.header ? ", with a header" : ", without a header") +
         (layout.row_names ? ", with row names" : ", without row names");
}

DelimitedLayout find_layout(const std::string& path, const InputOptions& options) {
  DelimitedLayout layout;
  layout.style.separator = separator_option(options.delimiter);
  layout.style.comma = comma_option(options.decimal);
  check_missing_option(options.missing);
  const Answer header_answer = answer("header", options.header), names_answer = answer("row-names", options.row_names);

  const Sample sample = read_sample(path);
  layout.exclamation_comments = sample.exclamation_comments;
  if (is_wide(sample.recoding)) layout.notes.push_back(std::string("the text is ") + name_of(sample.recoding));
  const bool two = !sample.below.empty();
  char& separator = layout.style.separator;
  if (separator == '\0') separator = find_separator(two ? sample.below : std::vector<std::string>{sample.first});
  if (separator == '\0') separator = guess_separator(sample.first);
  if (separator == '\0') separator = ',';

  Fields first = split_fields(sample.first, separator);
  std::vector<Fields> rows;
  for (const auto& line : sample.below) rows.push_back(split_fields(line, separator));
  if (!two) rows.push_back(first);
  if (layout.style.comma == Comma::unknown) layout.style.comma = find_comma(rows);
  const Columns columns(first, std::move(rows), layout.style);
  while (first.size() > columns.width() && first.back().empty()) first.pop_back();

  const bool short_header = two && first.size() + 1 == columns.width();
  const bool corner_empty = first.size() > 1 && first[0].empty();
  const bool text_first = columns.is_text(0);
  if (header_answer == Answer::find) {
    layout.header = two ? short_header || corner_empty || any_text_above_numbers(columns, first, text_first ? 1 : 0)
                        : corner_empty || std::any_of(first.begin() + (first.size() > 1 ? 1 : 0), first.end(),
                                                      [&](const auto& field) { return !columns.is_number(field); });
  } else {
    layout.header = header_answer == Answer::yes;
  }
  if (layout.header && !two) {
    throw InputError(path, "", "there is a header but no rows", "write the file again");
  }
  if (names_answer == Answer::find) {
    layout.row_names = text_first || (layout.header && (short_header || corner_empty));
    if (!layout.row_names && layout.header && numeric_names(columns, first[0])) {
      layout.row_names = true;
      layout.notes.push_back(
          "the first column (" + in_quotes(first[0]) +
          ") holds unique whole numbers, which are read as names (--row-names no reads them as values)");
    }
  } else {
    layout.row_names = names_answer == Answer::yes;
  }
  Fields header = layout.header ? first : Fields();
  if (layout.header && layout.row_names && short_header) header.insert(header.begin(), "");
  refuse_ambiguous_numbers(columns, path);
  find_kinds(layout, columns, header);
  layout.columns = std::count(layout.kinds.begin(), layout.kinds.end(), ColumnKind::value);
  if (layout.columns < 1) {
    throw InputError(path, line_place(sample.first_number), "there is no column of numbers",
                     "check the delimiter, or set --row-names no if the first column does not hold names");
  }
  name_columns(layout, header, path, sample.first_number);
  refuse_long_table(layout, columns, header, path);
  if (!layout.label_names.empty()) {
    std::string list;
    for (const auto& name : layout.label_names) list += (list.empty() ? "" : ", ") + name;
    layout.notes.push_back("non-numeric columns, kept as annotations: " + list);
  }
  find_orientation(layout, columns, header, options, sample.gct == Gct::plain);
  layout.offset = layout.header ? sample.after : sample.before;
  layout.lines = sample.first_number - (layout.header ? 0 : 1);
  return layout;
}

}  // namespace replearn::io
