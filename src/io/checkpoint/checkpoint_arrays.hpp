#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "data/named_arrays.hpp"
#include "io/durable.hpp"
#include "io/hdf5/hdf5_file.hpp"

/// The arrays of a computation in a checkpoint's HDF5 file. Root writes everything except distributed rows; each rank
/// then writes its rows to their offsets without HDF5.
namespace replearn::io {

/// A distributed matrix in the file: contiguous, divided into row blocks that depend only on the number of rows.
struct RowsInFile {
  Index offset = 0, rows = 0, row_bytes = 0, block_rows = 1;
  Index blocks() const { return ceil_div(rows, block_rows); }
  Index block_offset(Index block) const { return offset + block * block_rows * row_bytes; }
  Index block_bytes(Index block) const { return std::min(block_rows, rows - block * block_rows) * row_bytes; }
};

/// Total over all ranks.
Index bytes_of_arrays(const NamedArrays& arrays);

/// Creates every array below "arrays" and fills all but the distributed ones, whose offsets it returns in array order.
/// Root.
std::vector<RowsInFile> make_arrays(Hdf5File& file, const NamedArrays& arrays);

/// Writes this rank's rows; returns the checksums of their blocks per matrix, computed from memory. Local.
std::vector<std::vector<std::uint64_t>> write_my_rows(PositionalWriter& file, const NamedArrays& arrays, int rank,
                                                      const std::vector<RowsInFile>& places);

/// Fills the arrays; for distributed ones, this rank's rows. Local. Throws InputError.
void read_arrays(const Hdf5File& file, const NamedArrays& arrays, int rank);

}  // namespace replearn::io
