#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "data/named_arrays.hpp"
#include "io/durable.hpp"
#include "io/hdf5_file.hpp"

/// The arrays of a computation in the HDF5 file of a checkpoint: root writes all but the rows of what is distributed,
/// then each rank puts its rows at their places, past HDF5.
namespace replearn::io {

/// A distributed matrix in the file: contiguous, cut in blocks of rows that follow from their number alone.
struct RowsInFile {
  Index offset = 0, rows = 0, row_bytes = 0, block_rows = 1;
  Index blocks() const { return ceil_div(rows, block_rows); }
  Index block_offset(Index block) const { return offset + block * block_rows * row_bytes; }
  Index block_bytes(Index block) const { return std::min(block_rows, rows - block * block_rows) * row_bytes; }
};

/// Of all ranks together.
Index bytes_of_arrays(const NamedArrays& arrays);

/// Makes every array below "arrays", filled but for distributed rows; tells where these go, in the order of the arrays.
/// Root.
std::vector<RowsInFile> make_arrays(Hdf5File& file, const NamedArrays& arrays);

/// Writes my rows; returns the checksums of their blocks, in memory, by matrix. Each rank by itself.
std::vector<std::vector<std::uint64_t>> write_my_rows(PlacedWriter& file, const NamedArrays& arrays, int rank,
                                                      const std::vector<RowsInFile>& places);

/// Fills the arrays, of what is distributed my rows. Each rank by itself. Throws InputError.
void read_arrays(const Hdf5File& file, const NamedArrays& arrays, int rank);

}  // namespace replearn::io
