#pragma once
#include <string>

#include "base/log.hpp"
#include "data/sparse_rows.hpp"

namespace replearn::io {

/// Header of a Matrix Market coordinate file (math.nist.gov/MatrixMarket/formats.html).
struct MatrixMarketHeader {
  Index rows = 0, columns = 0, entries = 0;
  enum class Field { integer, real, pattern } field = Field::real;
  Index offset = 0;  ///< bytes of text above the first entry
  Index lines = 0;   ///< lines above the first entry
};

std::string to_string(MatrixMarketHeader::Field field);

/// Reads and checks the header of a plain or gzip file. One rank. Throws InputError naming the line.
MatrixMarketHeader read_matrix_market_header(const std::string& path);

/// Axis of the cells in the file: columns in 10x and STARsolo folders.
enum class CellAxis { columns, rows };

/// Reads the entries as cells x genes, each rank its own cells; entries of a pattern matrix are 1. Entries may be in
/// any order; explicit zeros are kept; duplicate entries are summed, which is logged. Collective, with the same header
/// on all ranks.
///
/// Throws InputError on all ranks: a line that is not an entry, a value that is not finite, an index out of range (all
/// with their line), a number of entries other than the header's.
///
/// Cost: the text is distributed in pieces (see DealtText) and parsed by all ranks; each entry moves once to its cell's
/// owner, 12 bytes sent, one all-to-all per round. Memory: 20 bytes per own entry at the end.
SparseRows read_matrix_market(const mpi::Communicator& comm, const std::string& path, const MatrixMarketHeader& header,
                              CellAxis cells, const Log& log = Log(), Index piece_bytes = 0);

}  // namespace replearn::io
