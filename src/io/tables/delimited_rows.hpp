#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/tables/delimited.hpp"
#include "io/text/dealt_text.hpp"

namespace replearn::io {

/// Rows parsed from one piece of text.
struct Rows {
  Index count = 0;
  std::vector<float> values;  ///< count x columns
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> labels;  ///< one list per label column
};

/// Treatment of missing values. later: NaN, resolved after the whole table is read.
enum class Missing { error, zero, nan, later };

/// Missing values and skipped lines seen by one rank.
struct MissingCounts {
  Index missing = 0, first_line = 0, first_column = 0;  ///< missing values, and the location of the first
  Index summary_rows = 0;                               ///< HTSeq summary lines that were skipped
  bool fractions = false;
};

/// Parses pieces of a table into rows. Local.
class RowParser {
 public:
  RowParser(const std::string& path, const NumberStyle& style, std::vector<ColumnKind> kinds, Missing missing,
            bool rows_are_genes, bool exclamation_comments);

  bool named() const { return named_; }
  std::size_t labels() const { return labels_; }

  /// Throws InputError naming line and column.
  Rows parse(const TextPiece& piece, MissingCounts& counts) const;

 private:
  void parse_line(std::string_view line, Index number, Rows& rows, MissingCounts& counts) const;
  bool is_summary(std::string_view name) const;
  float value_of(std::string_view field, std::string_view line, Index number, std::size_t place,
                 MissingCounts& counts) const;
  InputError ragged(std::string_view line, Index number) const;
  InputError bad_value(std::string_view line, std::string_view field, Index number, std::size_t place,
                       FieldKind kind) const;

  std::string path_;
  NumberStyle style_;
  std::vector<ColumnKind> kinds_;
  Missing missing_;
  bool rows_are_genes_, exclamation_comments_, named_ = false;
  std::size_t labels_ = 0;
};

}  // namespace replearn::io
