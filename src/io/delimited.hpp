#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/input_options.hpp"
#include "io/table_numbers.hpp"

namespace replearn::io {

/// What a column of a table is: values, the rows' names, labels of the rows (texts that become annotations), or
/// nothing.
enum class ColumnKind : char { value = 'v', name = 'n', label = 'l', nothing = '-' };

/// How a table of numbers is laid out.
struct DelimitedLayout {
  NumberStyle style;                      ///< separator (' ' stands for any run of blanks), and what commas mean
  bool header = false;                    ///< the first line names the columns
  bool row_names = false;                 ///< a column names the rows
  bool transpose = false;                 ///< rows are genes
  bool exclamation_comments = false;      ///< lines that start with '!' are no rows: GEO's series matrix
  std::vector<ColumnKind> kinds;          ///< of each field of a row
  Index gene_ids = -1;                    ///< which field holds the ids of genes that another column names; -1: none
  Index columns = 0;                      ///< columns of values
  std::vector<std::string> column_names;  ///< of those; empty without a header
  std::vector<std::string> label_names;   ///< of the columns of labels
  Index offset = 0, lines = 0;            ///< bytes of text and lines above the first row
  std::vector<std::string> notes;         ///< what was assumed, for the log
};

/// Looks at the first lines (some fifty rows; comments and empty lines at the top aside) and finds what the options
/// leave open:
/// - separator: the one under which rows are alike and hold numbers; what a comma in a number means;
/// - a header if the first line has one field less than the rows (as R writes), an empty first field (as pandas
///   writes), or text where a column has numbers;
/// - row names in these first two cases, or if the first column is text, or holds whole numbers, no two alike, that
/// look
///   like identifiers;
/// - labels: further columns of text, and the annotation of featureCounts;
/// - genes in rows if names look like that (see table_names.hpp).
/// One rank. Throws InputError for options that do not exist, for a file without rows, for a number that may be read
/// in two ways, and for a table of one entry a line (gene, cell, count).
DelimitedLayout find_layout(const std::string& path, const InputOptions& options);

/// "12 columns of numbers, comma-separated, with a header, without row names".
std::string describe(const DelimitedLayout& layout);

/// Reads a dense table, rows of which are observations, or genes if the layout says so. Names that the file does not
/// give are 0, 1, ... Empty lines are skipped, and so are a separator too many at the ends of lines, and HTSeq's
/// summary
/// (__no_feature, ...). Labels become columns of obs, or var. Collective.
///
/// Missing values by options.missing: "auto" lets them be NaN if options.keep_missing, else zero in a table of whole
/// numbers (counts; with a warning), else an error.
///
/// Throws InputError on all ranks, naming line and column: a row of another length, a field that is not a number or
/// not finite. Names that occur twice are made unique, which the log is told.
///
/// Cost: the text is dealt out in pieces (see DealtText) and parsed by all ranks, then each value moves once to its
/// row's owner. Memory: twice my values.
ExpressionMatrix read_delimited(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                const Log& log, Index piece_bytes = 0);

}  // namespace replearn::io
