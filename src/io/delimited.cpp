#include "io/delimited.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "io/dealt_text.hpp"
#include "io/fields.hpp"
#include "io/names.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// The rows of one piece of text.
struct Rows {
  Index count = 0;
  std::vector<float> values;  ///< count x columns
  std::vector<std::string> names;
};

class RowParser {
 public:
  RowParser(const std::string& path, char separator, bool row_names, bool keep_missing, Index columns)
      : path_(path), separator_(separator), row_names_(row_names), keep_missing_(keep_missing), columns_(columns) {}

  Rows parse(const TextPiece& piece) const {
    Rows rows;
    std::string_view text = piece.text;
    for (Index number = piece.first_line; !text.empty(); ++number) {
      const auto end = text.find('\n');
      auto line = text.substr(0, end);
      text.remove_prefix(end + 1);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (number == 1 && line.substr(0, 3) == "\xEF\xBB\xBF") line.remove_prefix(3);
      if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
      parse_line(line, number, rows);
    }
    return rows;
  }

 private:
  void parse_line(std::string_view line, Index number, Rows& rows) const {
    FieldSplitter splitter(line, separator_);
    std::string_view field;
    if (row_names_ && splitter.next(field)) rows.names.push_back(field_text(field));
    Index column = 0;
    for (; splitter.next(field); ++column) {
      float value = 0;
      if (column >= columns_) continue;  // counted, to tell how many there are
      if (parse_number(field, value) != NumberKind::finite) {
        if (!keep_missing_ || !is_missing(field)) throw bad_value(line, field, number, column);
        value = std::numeric_limits<float>::quiet_NaN();
      }
      rows.values.push_back(value);
    }
    if (column != columns_) throw ragged(number, column);
    ++rows.count;
  }

  static bool is_missing(std::string_view field) {
    float value = 0;
    return field.empty() || (parse_number(field, value) == NumberKind::not_finite && !std::isinf(value));
  }

  Index in_file(Index column) const { return column + (row_names_ ? 2 : 1); }

  InputError ragged(Index number, Index columns) const {
    return {path_, "line " + std::to_string(number),
            std::to_string(in_file(columns) - 1) + " columns where there should be " +
                std::to_string(in_file(columns_) - 1) + " as in the lines above",
            "mend the line, or check the delimiter"};
  }

  /// A line of another length explains a bad value better than the value does.
  InputError bad_value(std::string_view line, std::string_view field, Index number, Index column) const {
    const auto columns = static_cast<Index>(split_fields(line, separator_).size()) - (row_names_ ? 1 : 0);
    if (columns != columns_) return ragged(number, columns);
    float value = 0;
    const std::string place = "line " + std::to_string(number) + ", column " + std::to_string(in_file(column));
    if (field.empty()) return {path_, place, "the field is empty", "write a number (0 where there is nothing)"};
    if (parse_number(field, value) == NumberKind::not_finite) {
      return {path_, place, in_quotes(field) + " is not a finite number",
              "replace it, or remove the row or the column"};
    }
    if (column == 0 && !row_names_) {
      return {path_, place, in_quotes(field) + " is not a number", "say with the option row-names if these are names"};
    }
    return {path_, place, in_quotes(field) + " is not a number",
            "remove the column (labels go into a table of their own), or check the delimiter"};
  }

  const std::string& path_;
  char separator_;
  bool row_names_, keep_missing_;
  Index columns_;
};

/// Where each rank's rows of a round start among all rows; the last is one behind the end.
std::vector<Index> first_rows(const mpi::Communicator& comm, Index first, Index count) {
  std::vector<Index> firsts{first};
  for (const Index c : mpi::all_gather(comm, count)) firsts.push_back(firsts.back() + c);
  return firsts;
}

/// Rows are observations. How many, is known at the end of the file: parsed rows stay where they were parsed, and
/// then move to their owners round by round.
class ObservationRows {
 public:
  explicit ObservationRows(const mpi::Communicator& comm) : comm_(comm) {}

  void add(Rows rows) {
    rounds_.push_back({first_rows(comm_, total_, rows.count), std::move(rows.values)});
    total_ = rounds_.back().firsts.back();
  }

  DistributedMatrix finish(Index columns) {
    DistributedMatrix matrix(RowPartition(total_, comm_.shares()), comm_.rank(), columns);
    const auto& rows = matrix.partition;
    const auto me = static_cast<std::size_t>(comm_.rank());
    for (auto& round : rounds_) {
      std::vector<std::vector<float>> outgoing(static_cast<std::size_t>(comm_.size()));
      for (int r = 0; r < comm_.size(); ++r) {
        const Index begin = std::max(rows.begin(r), round.firsts[me]),
                    end = std::min(rows.end(r), round.firsts[me + 1]);
        if (begin >= end) continue;
        const auto from = round.values.begin() - round.firsts[me] * columns;
        outgoing[static_cast<std::size_t>(r)].assign(from + begin * columns, from + end * columns);
      }
      round.values = {};
      const auto incoming = mpi::all_to_all_v(comm_, outgoing);
      for (std::size_t r = 0; r < incoming.size(); ++r) {
        if (incoming[r].empty()) continue;
        const Index begin = std::max(matrix.first_row(), round.firsts[r]);
        std::copy(incoming[r].begin(), incoming[r].end(), matrix.local.data() + (begin - matrix.first_row()) * columns);
      }
    }
    return matrix;
  }

 private:
  struct Round {
    std::vector<Index> firsts;
    std::vector<float> values;
  };
  const mpi::Communicator& comm_;
  Index total_ = 0;
  std::vector<Round> rounds_;
};

/// Rows are genes: each line holds a value for every observation, and is cut up for their owners at once.
class GeneRows {
 public:
  GeneRows(const mpi::Communicator& comm, Index observations) : comm_(comm), partition_(observations, comm.shares()) {}

  void add(const Rows& rows) {
    std::vector<std::vector<float>> outgoing(static_cast<std::size_t>(comm_.size()));
    for (int r = 0; r < comm_.size(); ++r) {
      auto& out = outgoing[static_cast<std::size_t>(r)];
      out.reserve(static_cast<std::size_t>(rows.count * partition_.count(r)));
      for (Index i = 0; i < rows.count; ++i) {
        const auto row = rows.values.begin() + i * partition_.rows();
        out.insert(out.end(), row + partition_.begin(r), row + partition_.end(r));
      }
    }
    for (auto& part : mpi::all_to_all_v(comm_, outgoing)) parts_.push_back(std::move(part));
    genes_ += mpi::all_reduce(comm_, rows.count, mpi::Reduction::sum);
  }

  DistributedMatrix finish() {
    DistributedMatrix matrix(partition_, comm_.rank(), genes_);
    const Index mine = matrix.local_rows();
    Index gene = 0;
    for (auto& part : parts_) {
      const Index genes = mine > 0 ? static_cast<Index>(part.size()) / mine : 0;
      for (Index i = 0; i < mine; ++i) {
        for (Index g = 0; g < genes; ++g) {
          matrix.local(i, gene + g) = part[static_cast<std::size_t>(g * mine + i)];
        }
      }
      gene += genes;
      part = {};
    }
    return matrix;
  }

 private:
  const mpi::Communicator& comm_;
  RowPartition partition_;
  Index genes_ = 0;
  std::vector<std::vector<float>> parts_;  ///< in the order of the file: genes x my observations
};

}  // namespace

ExpressionMatrix read_delimited(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                const Log& log, Index piece_bytes) {
  struct Shared {
    char separator;
    bool row_names;
    Index columns, offset, lines;
  };
  DelimitedLayout layout;
  mpi::on_root(comm, [&] {
    layout = find_layout(path, options);
    log.line("read as a table of " + describe(layout));
  });
  const auto [separator, row_names, columns, offset, lines] =
      mpi::broadcast(comm, Shared{layout.separator, layout.row_names, layout.columns, layout.offset, layout.lines});
  if (options.transpose) require_rows(comm, path, columns);

  const RowParser parser(path, separator, row_names, options.keep_missing, columns);
  DealtText text(comm, path, offset, lines + 1, piece_bytes);
  ObservationRows observations(comm);
  GeneRows genes(comm, columns);
  std::vector<std::string> names;
  while (const auto piece = text.next()) {
    auto rows = mpi::together(comm, [&] { return parser.parse(*piece); });
    if (row_names) {
      const auto more = gather_names(comm, rows.names);
      names.insert(names.end(), more.begin(), more.end());
    }
    if (options.transpose) {
      genes.add(rows);
    } else {
      observations.add(std::move(rows));
    }
  }

  ExpressionMatrix data;
  data.x = options.transpose ? genes.finish() : observations.finish(columns);
  const Index rows = options.transpose ? replearn::columns(data.x) : replearn::rows(data.x);
  require_rows(comm, path, replearn::rows(data.x));
  mpi::on_root(comm, [&] {
    if (!row_names) names = numbered_names(rows);
    if (!layout.header) layout.column_names = numbered_names(columns);
    data.obs.names = options.transpose ? std::move(layout.column_names) : std::move(names);
    data.var.names = options.transpose ? std::move(names) : std::move(layout.column_names);
    require_unique(data.obs.names, path, options.transpose ? "column " : "row ", 1);
    make_genes_unique(data.var.names, log);
  });
  return data;
}

}  // namespace replearn::io
