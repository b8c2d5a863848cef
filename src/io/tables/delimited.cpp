#include "io/tables/delimited.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/regular_expression.hpp"
#include "io/names.hpp"
#include "io/tables/column_types.hpp"
#include "io/tables/delimited_rows.hpp"
#include "io/tables/fields.hpp"
#include "io/text/dealt_text.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// Global first row of each rank in a round; the last entry is one past the end.
std::vector<Index> first_rows(const mpi::Communicator& comm, Index first, Index count) {
  std::vector<Index> firsts{first};
  for (const Index c : mpi::all_gather(comm, count)) firsts.push_back(firsts.back() + c);
  return firsts;
}

/// Rows are observations. Their number is known only at the end of the file: parsed rows stay on their rank and then
/// move to their owners, round by round.
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
      std::vector<std::vector<float>> outgoing(comm_.size());
      for (int r = 0; r < comm_.size(); ++r) {
        const Index begin = std::max(rows.begin(r), round.firsts[me]),
                    end = std::min(rows.end(r), round.firsts[me + 1]);
        if (begin >= end) continue;
        const auto from = round.values.begin() - round.firsts[me] * columns;
        outgoing[r].assign(from + begin * columns, from + end * columns);
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

/// Rows are genes: each line has one value per observation and is split among their owners at once.
class GeneRows {
 public:
  GeneRows(const mpi::Communicator& comm, Index observations) : comm_(comm), partition_(observations, comm.shares()) {}

  void add(const Rows& rows) {
    std::vector<std::vector<float>> outgoing(comm_.size());
    for (int r = 0; r < comm_.size(); ++r) {
      auto& out = outgoing[r];
      out.reserve(rows.count * partition_.count(r));
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
          matrix.local(i, gene + g) = part[g * mine + i];
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
  std::vector<std::vector<float>> parts_;  ///< in file order: genes x observations of this rank
};

Missing missing_of(const InputOptions& options) {
  if (options.missing == "zero") return Missing::zero;
  if (options.missing == "nan" || (options.missing == "auto" && options.keep_missing)) return Missing::nan;
  return options.missing == "error" ? Missing::error : Missing::later;
}

/// Combines the ranks' counts: numbers are summed; the first missing value is the one with the smallest line number.
MissingCounts add_up(const mpi::Communicator& comm, const MissingCounts& mine) {
  MissingCounts all;
  for (const auto& part : mpi::all_gather(comm, mine)) {
    const bool earlier = part.missing > 0 && (all.missing == 0 || part.first_line < all.first_line);
    if (earlier) {
      all.first_line = part.first_line;
      all.first_column = part.first_column;
    }
    all.missing += part.missing;
    all.summary_rows += part.summary_rows;
    all.fractions = all.fractions || part.fractions;
  }
  return all;
}

/// Missing values become zeros in a table of whole numbers; in any other table the user must choose.
void resolve_missing(const MissingCounts& counts, Missing missing, const std::string& path, DistributedMatrix& x,
                     const Log& log) {
  if (counts.missing == 0) return;
  const std::string place = line_place(counts.first_line) + ", column " + std::to_string(counts.first_column);
  const std::string count = std::to_string(counts.missing) + " values are missing (empty or NA), the first at " + place;
  if (missing == Missing::later && counts.fractions) {
    throw InputError(
        path, place, "a value is missing (the field is empty or NA), and the table does not hold counts",
        "--missing zero reads 0, --missing nan keeps it missing, for commands that support missing values");
  }
  log.warning(path + ": " + count + (missing == Missing::nan ? ": kept as NaN" : ": read as 0"));
  if (missing != Missing::later) return;
  float* const values = x.local.data();
  for (Index i = 0; i < x.local.size(); ++i) {
    if (std::isnan(values[i])) values[i] = 0;
  }
}

/// Names such as "1-Mar", into which a spreadsheet converted MARCH1.
void warn_of_dates(const std::vector<std::string>& genes, const Log& log) {
  static const RegularExpression date("[0-9]{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(-[0-9]+)?");
  const auto at =
      std::find_if(genes.begin(), genes.end(), [](const auto& name) { return name.size() < 12 && date.matches(name); });
  if (at != genes.end()) {
    log.warning("genes have names such as " + in_quotes(*at) +
                ": a spreadsheet converted them to dates (MARCH1, SEPT2)");
  }
}

}  // namespace

ExpressionMatrix read_delimited(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                const Log& log, Index piece_bytes) {
  struct Shared {
    NumberStyle style;
    bool transpose, exclamation_comments;
    Index columns, offset, lines;
  };
  DelimitedLayout layout;
  mpi::on_root(comm, [&] {
    layout = find_layout(path, options);
    log.line("read as a table of " + describe(layout));
    for (const auto& note : layout.notes) log.line(note);
  });
  const auto [style, transpose, exclamation_comments, columns, offset, lines] = mpi::broadcast(
      comm,
      Shared{layout.style, layout.transpose, layout.exclamation_comments, layout.columns, layout.offset, layout.lines});

  const Missing missing = missing_of(options);
  const RowParser parser(path, style, mpi::broadcast(comm, layout.kinds), missing, transpose, exclamation_comments);
  DealtText text(comm, path, offset, lines + 1, piece_bytes, TextEncoding::found);
  ObservationRows observations(comm);
  GeneRows genes(comm, columns);
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> labels(parser.labels());
  const auto append = [&](std::vector<std::string>& to, const std::vector<std::string>& mine) {
    auto more = gather_names(comm, mine);
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  MissingCounts counts;
  while (const auto piece = text.next()) {
    auto rows = mpi::run_collectively(comm, [&] { return parser.parse(*piece, counts); });
    if (parser.named()) append(names, rows.names);
    for (std::size_t k = 0; k < labels.size(); ++k) append(labels[k], rows.labels[k]);
    if (transpose) {
      genes.add(rows);
    } else {
      observations.add(std::move(rows));
    }
  }
  counts = add_up(comm, counts);

  ExpressionMatrix data;
  auto x = transpose ? genes.finish() : observations.finish(columns);
  resolve_missing(counts, missing, path, x, log);
  const Index rows = transpose ? x.columns() : x.rows();
  data.x = std::move(x);
  mpi::on_root(comm, [&] {
    if (!parser.named()) names = numbered_names(rows);
    if (!layout.header) layout.column_names = numbered_names(columns);
    data.obs.names = transpose ? std::move(layout.column_names) : std::move(names);
    data.var.names = transpose ? std::move(names) : std::move(layout.column_names);
    auto& names_of_rows = transpose ? data.var.names : data.obs.names;
    for (std::size_t k = 0; k < labels.size(); ++k) {
      if (layout.label_names[k] != "gene_ids") continue;
      for (std::size_t i = 0; i < names_of_rows.size(); ++i) {
        if (names_of_rows[i].empty()) names_of_rows[i] = labels[k][i];  // a gene without a symbol is named by its id
      }
    }
    for (auto* table : {&data.obs, &data.var}) make_names_valid(table->names, path, log);
    make_names_valid(layout.label_names, path, log);
    for (std::size_t k = 0; k < labels.size(); ++k) {
      make_names_valid(labels[k], path, Log());
      auto& of_rows = transpose ? data.var : data.obs;
      if (layout.label_names[k] == "gene_ids") {
        of_rows.set(layout.label_names[k], std::move(labels[k]));
      } else {
        of_rows.set(layout.label_names[k], typed_column(labels[k]));
      }
    }
    if (counts.summary_rows > 0) {
      log.line(fmt::format("skipped {} lines of HTSeq's summary (__no_feature, ...)", counts.summary_rows));
    }
    warn_of_dates(data.var.names, log);
    make_cells_unique(data.obs.names, log);
    make_genes_unique(data.var.names, log);
  });
  return data;
}

}  // namespace replearn::io
