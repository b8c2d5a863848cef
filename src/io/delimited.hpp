#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/input_options.hpp"

namespace replearn::io {

/// How a table of numbers is laid out.
struct DelimitedLayout {
  char separator = ',';                   ///< ' ' stands for any run of blanks
  bool header = false;                    ///< the first line names the columns
  bool row_names = false;                 ///< the first column names the rows
  Index columns = 0;                      ///< columns of numbers
  std::vector<std::string> column_names;  ///< of those; empty without a header
  Index offset = 0, lines = 0;            ///< bytes of text and lines above the first row
};

/// Looks at the first two lines (those at the top that start with '#', and empty ones, aside) and finds what the
/// options leave open:
/// - separator: tab, comma, semicolon or blanks, the first of them that occurs;
/// - a header if the first line has one field less than the second (as R writes), an empty first field (as pandas
///   writes), or text where the second line has numbers;
/// - row names in these first two cases, or if the second line starts with text.
/// One rank. Throws InputError for options that do not exist, and for a file without rows.
DelimitedLayout find_layout(const std::string& path, const InputOptions& options);

/// "12 columns of numbers, comma-separated, with a header, without row names".
std::string describe(const DelimitedLayout& layout);

/// Reads a dense table, rows of which are observations, or genes if options.transpose. Names that the file does not
/// give are 0, 1, ... Empty lines are skipped. Collective.
///
/// Throws InputError on all ranks, naming line and column: a row of another length, a field that is not a number or
/// not finite; observations of the same name. Genes of the same name are made unique, which the log is told.
///
/// Cost: the text is dealt out in pieces (see DealtText) and parsed by all ranks, then each value moves once to its
/// row's owner. Memory: twice my values.
ExpressionMatrix read_delimited(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                const Log& log, Index piece_bytes = 0);

}  // namespace replearn::io
