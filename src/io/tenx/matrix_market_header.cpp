#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/error.hpp"
#include "io/tables/fields.hpp"
#include "io/tenx/matrix_market.hpp"
#include "io/text/text_file.hpp"

namespace replearn::io {
namespace {

MatrixMarketHeader::Field banner_field(const std::string& path, std::string_view line) {
  const auto words = split_fields(lower_case(std::string(line)), ' ');
  const std::string shown = "the header " + in_quotes(line);
  const std::string hint = "write the matrix as '%%MatrixMarket matrix coordinate integer general'";
  if (words.size() < 4 || words[0] != "%%matrixmarket" || words[1] != "matrix") {
    throw InputError(path, line_place(1), shown + " is not that of a Matrix Market file", hint);
  }
  if (words[2] != "coordinate") {
    throw InputError(path, line_place(1), shown + " declares a dense matrix; only 'coordinate' is supported", hint);
  }
  if (words.size() > 4 && words[4] != "general") {
    throw InputError(path, line_place(1), shown + " declares a symmetric matrix; only 'general' is supported", hint);
  }
  const std::string& field = words[3];
  if (field == "integer" || field == "int" || field == "unsigned-integer") return MatrixMarketHeader::Field::integer;
  if (field == "real" || field == "double" || field == "float") return MatrixMarketHeader::Field::real;
  if (field == "pattern") return MatrixMarketHeader::Field::pattern;
  throw InputError(path, line_place(1), shown + ": values must be integer, real or pattern", hint);
}

Index whole_number(const std::string& text) {
  Index value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size() ? value : -1;
}

}  // namespace

std::string to_string(MatrixMarketHeader::Field field) {
  if (field == MatrixMarketHeader::Field::integer) return "integer";
  return field == MatrixMarketHeader::Field::real ? "real" : "pattern";
}

MatrixMarketHeader read_matrix_market_header(const std::string& path) {
  TextLines lines(path);
  std::string_view line;
  if (!lines.next(line)) throw InputError(path, "", "the file is empty", "write or copy it again");
  MatrixMarketHeader header;
  header.field = banner_field(path, line);
  do {
    if (!lines.next(line)) {
      throw InputError(path, line_place(lines.line_number() + 1), "the file ends before its size line",
                       "write or copy it again");
    }
  } while (line.empty() || line[0] == '%');
  const auto sizes = split_fields(line, ' ');
  header.rows = sizes.size() == 3 ? whole_number(sizes[0]) : -1;
  header.columns = sizes.size() == 3 ? whole_number(sizes[1]) : -1;
  header.entries = sizes.size() == 3 ? whole_number(sizes[2]) : -1;
  if (header.rows < 1 || header.columns < 1 || header.entries < 0) {
    throw InputError(path, line_place(lines.line_number()),
                     "the size line " + in_quotes(line) + " is not 'rows columns entries' of a matrix that has both",
                     "write or copy the file again");
  }
  header.offset = lines.offset();
  header.lines = lines.line_number();
  return header;
}

}  // namespace replearn::io
