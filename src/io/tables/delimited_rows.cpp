#include "io/tables/delimited_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "io/tables/fields.hpp"

namespace replearn::io {

RowParser::RowParser(const std::string& path, const NumberStyle& style, std::vector<ColumnKind> kinds, Missing missing,
                     bool rows_are_genes, bool exclamation_comments)
    : path_(path),
      style_(style),
      kinds_(std::move(kinds)),
      missing_(missing),
      rows_are_genes_(rows_are_genes),
      exclamation_comments_(exclamation_comments) {
  named_ = std::count(kinds_.begin(), kinds_.end(), ColumnKind::name) > 0;
  labels_ = static_cast<std::size_t>(std::count(kinds_.begin(), kinds_.end(), ColumnKind::label));
}

Rows RowParser::parse(const TextPiece& piece, MissingCounts& counts) const {
  Rows rows;
  rows.labels.resize(labels_);
  std::string_view text = piece.text;
  for (Index number = piece.first_line; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (number == 1 && line.substr(0, 3) == "\xEF\xBB\xBF") line.remove_prefix(3);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (exclamation_comments_ && line[0] == '!') continue;
    parse_line(line, number, rows, counts);
  }
  return rows;
}

void RowParser::parse_line(std::string_view line, Index number, Rows& rows, MissingCounts& counts) const {
  FieldSplitter splitter(line, style_.separator);
  std::string_view field;
  std::size_t place = 0, label = 0;
  for (; splitter.next(field); ++place) {
    if (place >= kinds_.size()) {
      if (!field.empty()) throw ragged(line, number);
      continue;  // trailing separator
    }
    switch (kinds_[place]) {
      case ColumnKind::value:
        rows.values.push_back(value_of(field, line, number, place, counts));
        break;
      case ColumnKind::name:
        if (is_summary(field)) {
          ++counts.summary_rows;
          while (label > 0) rows.labels[--label].pop_back();
          return;
        }
        rows.names.push_back(field_text(field));
        break;
      case ColumnKind::label:
        rows.labels[label++].push_back(field_text(field));
        break;
      case ColumnKind::nothing:
        break;
    }
  }
  if (place < kinds_.size()) throw ragged(line, number);
  ++rows.count;
}

/// Summary lines that HTSeq writes below the genes.
bool RowParser::is_summary(std::string_view name) const {
  return rows_are_genes_ && name.starts_with("__") &&
         (name == "__no_feature" || name == "__ambiguous" || name == "__too_low_aQual" || name == "__not_aligned" ||
          name == "__alignment_not_unique");
}

float RowParser::value_of(std::string_view field, std::string_view line, Index number, std::size_t place,
                          MissingCounts& counts) const {
  float value = 0;
  const auto kind = read_field(field, style_, value);
  if (kind == FieldKind::number) {
    if (missing_ == Missing::later) counts.fractions = counts.fractions || value != std::floor(value);
    return value;
  }
  if (kind != FieldKind::missing || missing_ == Missing::error) throw bad_value(line, field, number, place, kind);
  if (counts.missing++ == 0) {
    counts.first_line = number;
    counts.first_column = static_cast<Index>(place) + 1;
  }
  return missing_ == Missing::zero ? 0 : std::numeric_limits<float>::quiet_NaN();
}

InputError RowParser::ragged(std::string_view line, Index number) const {
  return {path_, line_place(number),
          std::to_string(split_fields(line, style_.separator).size()) + " columns where there should be " +
              std::to_string(kinds_.size()) + " as in the lines above",
          "correct the line, or check the delimiter"};
}

/// A wrong number of fields is reported in preference to a bad value, which it explains.
InputError RowParser::bad_value(std::string_view line, std::string_view field, Index number, std::size_t place,
                                FieldKind kind) const {
  if (split_fields(line, style_.separator).size() < kinds_.size()) return ragged(line, number);
  const std::string where = line_place(number) + ", column " + std::to_string(place + 1);
  if (field.empty()) {
    return {path_, where, "the field is empty", "write a number, or choose with --missing how to read it"};
  }
  if (kind == FieldKind::missing || kind == FieldKind::infinite) {
    return {path_, where, in_quotes(field) + " is not a finite number",
            kind == FieldKind::missing ? "replace it, or choose with --missing how to read it"
                                       : "replace it, or remove the row or the column"};
  }
  if (kind == FieldKind::ambiguous) {
    return {path_, where, in_quotes(field) + " may have a decimal comma, or one between thousands",
            "choose --decimal comma or --decimal point"};
  }
  if (place == 0) {
    return {path_, where, in_quotes(field) + " is not a number", "set --row-names yes if these are names"};
  }
  return {path_, where, in_quotes(field) + " is not a number",
          "remove the column (labels belong in a separate table), or check the delimiter and --decimal"};
}

}  // namespace replearn::io
