#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5/hdf5_file.hpp"
#include "io/hdf5/output_array.hpp"

/// Filtering of .h5ad arrays: keeps some rows and columns, in their order.
namespace replearn::io {

/// Mask along an axis: one entry per row, nonzero to keep; empty: keep everything.
using Mask = std::vector<std::uint8_t>;

/// Ascending positions of the kept entries among `whole`.
std::vector<Index> kept_positions(const Mask& mask, Index whole);

/// A dense array of one or more axes, of which the first two may be filtered.
class ArrayCut {
 public:
  /// Throws InputError if a mask is not as long as its axis.
  ArrayCut(const Hdf5Dataset& source, const Mask& rows, const Mask& columns);
  std::vector<Index> extent() const;
  /// Number of rows to read at once, since chunks on the boundary between reads are decompressed twice. 1 if the
  /// dataset is not chunked or the rows would exceed 64 MB.
  Index rows_worth_reading() const;
  /// Rows of the result, as bytes of the stored type, in `room`, which grows as needed. Reads only the range from the
  /// first to the last of these rows, 1 MB at a time. Local.
  std::span<const std::byte> read(Index first_row, Index count, std::vector<std::byte>& room) const;
  /// Writes the whole result to an array of any type except references, by one process (strings are read as strings).
  void copy_to(Hdf5File& to, const std::string& element) const;

 private:
  Index rows_per_piece(Index element_bytes) const;
  Index rows_of_chunk() const;
  template <class Take>
  void for_each_piece(Index first_row, Index count, Index per_piece, Take take) const;
  std::byte* copy_row(const std::byte* row, Index cell, std::byte* to) const;

  struct Run {
    Index from, count;
  };
  const Hdf5Dataset& source_;
  std::vector<Index> rows_;
  std::vector<Run> column_runs_;  // runs of adjacent kept columns
  Index columns_ = 0;             // number of kept columns
};

}  // namespace replearn::io
