#include "io/tenx/matrix_market.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "io/sparse_order.hpp"
#include "io/tables/fields.hpp"
#include "io/text/dealt_text.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

constexpr Index largest_int32 = std::numeric_limits<std::int32_t>::max();

struct Entry {
  std::int32_t row;  ///< relative to the owner's first row
  std::int32_t column;
  float value;
};

bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// Reads the entries of one piece of text. Its last character is a newline, so scans within a line need no bounds
/// check.
class EntryParser {
 public:
  EntryParser(const std::string& path, const MatrixMarketHeader& header, CellAxis cells, const RowPartition& partition)
      : path_(path), header_(header), cells_are_columns_(cells == CellAxis::columns), partition_(partition) {}

  /// Appends each entry to the vector of its cell's owner; returns their number.
  Index parse(const TextPiece& piece, std::vector<std::vector<Entry>>& outgoing) const {
    const char* const begin = piece.text.data();
    const char* const end = begin + piece.text.size();
    Index entries = 0, owner_begin = 0, owner_end = 0;
    std::vector<Entry>* out = nullptr;
    for (const char* at = begin; at < end; ++at) {
      const char* const line = at;
      at = skip_blanks(at);
      if (*at == '\n') continue;
      Index i = 0, j = 0;
      float value = 1;
      if (!read_index(at, i) || !read_index(at, j) || (!pattern() && !read_value(at, end, value)) || *at != '\n') {
        throw explain(line, end, piece.first_line + std::count(begin, line, '\n'));
      }
      if (i < 1 || i > header_.rows || j < 1 || j > header_.columns) {
        const bool row_wrong = i < 1 || i > header_.rows;
        throw InputError(
            path_, line_place(piece.first_line + std::count(begin, line, '\n')),
            format_index(row_wrong ? "row" : "column", row_wrong ? i : j, row_wrong ? header_.rows : header_.columns),
            "indices count from 1; the file is damaged, or its size line is incorrect");
      }
      const Index cell = (cells_are_columns_ ? j : i) - 1, gene = (cells_are_columns_ ? i : j) - 1;
      if (cell < owner_begin || cell >= owner_end) {
        const int owner = partition_.owner(cell);
        owner_begin = partition_.begin(owner);
        owner_end = partition_.end(owner);
        out = &outgoing[owner];
      }
      out->push_back({static_cast<std::int32_t>(cell - owner_begin), static_cast<std::int32_t>(gene), value});
      ++entries;
    }
    return entries;
  }

 private:
  bool pattern() const { return header_.field == MatrixMarketHeader::Field::pattern; }

  static const char* skip_blanks(const char* at) {
    while (*at == ' ' || *at == '\t' || *at == '\r') ++at;
    return at;
  }

  static std::string format_index(const char* axis, Index index, Index size) {
    return std::string(axis) + " " + std::to_string(index) + " of a matrix of " + std::to_string(size) + " " + axis +
           "s";
  }

  static bool read_index(const char*& at, Index& index) {
    if (!digit(*at)) return false;
    index = 0;
    const char* const first = at;
    for (; digit(*at) && at - first < 18; ++at) index = index * 10 + (*at - '0');
    const bool whole = *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n';
    at = skip_blanks(at);
    return whole;
  }

  /// Fast path for short integers, which make up nearly all of a count matrix.
  static bool read_value(const char*& at, const char* end, float& value) {
    const char* scan = at;
    std::int32_t whole = 0;
    for (; digit(*scan) && scan - at < 7; ++scan) whole = whole * 10 + (*scan - '0');
    if (scan > at && (*scan == '\n' || *scan == ' ' || *scan == '\r')) {
      value = static_cast<float>(whole);
      at = skip_blanks(scan);
      return true;
    }
    const auto [stop, error] = std::from_chars(at, end, value);
    if (error == std::errc() && value - value == 0) {
      at = skip_blanks(stop);
      return true;
    }
    const char* word_end = at;
    while (*word_end != ' ' && *word_end != '\t' && *word_end != '\r' && *word_end != '\n') ++word_end;
    if (parse_number(std::string_view(at, static_cast<std::size_t>(word_end - at)), value) != NumberKind::finite) {
      return false;
    }
    at = skip_blanks(word_end);
    return true;
  }

  InputError explain(const char* line, const char* end, Index number) const {
    std::string_view text(line, static_cast<std::size_t>(std::find(line, end, '\n') - line));
    const auto fields = split_fields(text, ' ');
    const std::size_t expected = pattern() ? 2 : 3;
    const std::string wanted = pattern() ? "'row column'" : "'row column value'";
    if (fields.size() == expected && !pattern()) {
      float value = 0;
      if (parse_number(fields[2], value) == NumberKind::not_finite) {
        return {path_, line_place(number), "the value " + in_quotes(fields[2]) + " is not a finite number",
                "replace or remove it"};
      }
    }
    float ignored = 0;
    if (fields.size() == 5 && !pattern() && parse_number(fields[3], ignored) == NumberKind::finite) {
      return {path_, line_place(number),
              in_quotes(text) + " has three values, like STARsolo's Velocyto matrix (spliced, unspliced, ambiguous); " +
                  "expected " + wanted,
              "keep one of them, the spliced counts for example: awk 'NF == 5 {print $1, $2, $3; next} {print}' "
              "matrix.mtx, with the tables of cells and genes beside the new file"};
    }
    return {path_, line_place(number), in_quotes(text) + " is not an entry; expected " + wanted,
            "correct the line, or write the file again"};
  }

  const std::string& path_;
  const MatrixMarketHeader& header_;
  bool cells_are_columns_;
  const RowPartition& partition_;
};

/// This rank's entries in order of arrival, in three arrays.
struct Entries {
  std::vector<std::int32_t> rows, columns;
  std::vector<float> values;

  void append(const std::vector<Entry>& more) {
    for (const auto& entry : more) {
      rows.push_back(entry.row);
      columns.push_back(entry.column);
      values.push_back(entry.value);
    }
  }
};

/// Counting sort by row.
void fill(SparseRows& sparse, const Entries& entries) {
  const auto local_rows = static_cast<std::size_t>(sparse.partition.count(sparse.rank));
  sparse.offsets.assign(local_rows + 1, 0);
  for (const auto row : entries.rows) ++sparse.offsets[static_cast<std::size_t>(row) + 1];
  std::partial_sum(sparse.offsets.begin(), sparse.offsets.end(), sparse.offsets.begin());
  sparse.indices.resize(entries.rows.size());
  sparse.values.resize(entries.rows.size());
  std::vector<Index> next(sparse.offsets.begin(), sparse.offsets.end() - 1);
  for (std::size_t k = 0; k < entries.rows.size(); ++k) {
    const auto at = static_cast<std::size_t>(next[entries.rows[k]]++);
    sparse.indices[at] = entries.columns[k];
    sparse.values[at] = entries.values[k];
  }
}

/// Logs the number of summed entries with the first position in cell order.
void log_summed(const mpi::Communicator& comm, const SummedEntries& mine, CellAxis cells, const Log& log) {
  const auto all = mpi::all_gather(comm, mine);
  Index count = 0;
  for (const auto& part : all) count += part.count;
  if (count == 0) return;
  const auto first = std::find_if(all.begin(), all.end(), [](const auto& part) { return part.count > 0; })->first;
  const Index cell = first.row + 1, gene = first.column + 1;
  const bool columns = cells == CellAxis::columns;
  log.warning(
      fmt::format("{} duplicate entries were added to earlier ones at the same position; the first at row {}, "
                  "column {}",
                  count, columns ? gene : cell, columns ? cell : gene));
}

}  // namespace

SparseRows read_matrix_market(const mpi::Communicator& comm, const std::string& path, const MatrixMarketHeader& header,
                              CellAxis cells, const Log& log, Index piece_bytes) {
  const Index rows = cells == CellAxis::columns ? header.columns : header.rows;
  const Index columns = cells == CellAxis::columns ? header.rows : header.columns;
  SparseRows sparse{RowPartition(rows, comm.shares()), comm.rank(), columns, {0}, {}, {}};
  if (columns > largest_int32 || rows / comm.size() >= largest_int32 / 2) {
    throw InputError(path, line_place(header.lines), "a matrix of more than 2^31 genes, or 2^30 cells per rank",
                     "run on more ranks, or split the matrix");
  }

  const EntryParser parser(path, header, cells, sparse.partition);
  DealtText text(comm, path, header.offset, header.lines + 1, piece_bytes);
  Entries entries;
  Index found = 0;
  while (const auto piece = text.next()) {
    std::vector<std::vector<Entry>> outgoing(comm.size());
    found += mpi::run_collectively(comm, [&] { return parser.parse(*piece, outgoing); });
    for (const auto& part : mpi::all_to_all_v(comm, outgoing)) entries.append(part);
  }
  found = mpi::all_reduce(comm, found, mpi::Reduction::sum);
  if (found != header.entries) {
    throw InputError(path, line_place(header.lines),
                     "the header declares " + std::to_string(header.entries) + " entries, the file contains " +
                         std::to_string(found),
                     "it is truncated or damaged; write or copy it again");
  }
  fill(sparse, entries);
  log_summed(comm, sort_and_sum_columns(sparse), cells, log);
  return sparse;
}

}  // namespace replearn::io
