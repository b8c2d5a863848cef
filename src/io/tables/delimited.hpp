#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/input_options.hpp"
#include "io/tables/table_numbers.hpp"

namespace replearn::io {

/// Role of a table column: values, row names, row labels (texts that become annotations), or ignored.
enum class ColumnKind : char { value = 'v', name = 'n', label = 'l', nothing = '-' };

/// Layout of a table of numbers.
struct DelimitedLayout {
  NumberStyle style;                      ///< separator (' ' stands for any run of blanks), and the meaning of commas
  bool header = false;                    ///< the first line names the columns
  bool row_names = false;                 ///< a column names the rows
  bool transpose = false;                 ///< rows are genes
  bool exclamation_comments = false;      ///< lines starting with '!' are comments (GEO series matrix)
  std::vector<ColumnKind> kinds;          ///< of each field of a row
  Index gene_ids = -1;                    ///< field with the gene ids, if another column holds the names; -1: none
  Index columns = 0;                      ///< columns of values
  std::vector<std::string> column_names;  ///< names of these; empty without a header
  std::vector<std::string> label_names;   ///< of the columns of labels
  Index offset = 0, lines = 0;            ///< bytes of text and lines above the first row
  std::vector<std::string> notes;         ///< assumptions made, for the log
};

/// Inspects the first lines (about fifty rows, without comments and empty lines at the top) and determines what the
/// options leave open:
/// - separator: the one that gives equally long numeric rows; meaning of a comma within a number;
/// - a header if the first line has one field less than the rows (as R writes), an empty first field (as pandas
///   writes), or text where a column has numbers;
/// - row names in these first two cases, or if the first column is text, or holds whole numbers, no two alike, that
/// look
///   like identifiers;
/// - labels: further columns of text, and the annotation of featureCounts;
/// - genes in rows if names look like that (see table_names.hpp).
/// One rank. Throws InputError for invalid options, a file without rows, an ambiguous number, and a table with one
/// entry per line (gene, cell, count).
DelimitedLayout find_layout(const std::string& path, const InputOptions& options);

/// "12 columns of numbers, comma-separated, with a header, without row names".
std::string describe(const DelimitedLayout& layout);

/// Reads a dense table whose rows are observations, or genes if the layout says so. Missing names become 0, 1, ...
/// Empty lines, one trailing separator per line, and HTSeq's summary lines are skipped. summary (__no_feature, ...).
/// Labels become columns of obs, or var. Collective.
///
/// Missing values by options.missing: "auto" keeps them as NaN if options.keep_missing, else reads zero in a table of
/// whole numbers (counts; with a warning), else throws.
///
/// Throws InputError on all ranks, naming line and column: a row of another length, a field that is not a number or not
/// finite. Duplicate names are made unique, which is logged.
///
/// Cost: the text is distributed in pieces (see DealtText) and parsed by all ranks; each value then moves once to its
/// row's owner. Memory: twice my values.
ExpressionMatrix read_delimited(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                const Log& log, Index piece_bytes = 0);

}  // namespace replearn::io
