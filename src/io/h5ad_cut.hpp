#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5_file.hpp"
#include "io/output_array.hpp"

/// Cutting arrays of an .h5ad: only some rows and columns are kept, in their order.
namespace replearn::io {

/// What is kept along an axis: one entry a row, not zero to keep; empty: everything.
using Mask = std::vector<std::uint8_t>;

/// Positions of what is kept, ascending; of `whole` entries.
std::vector<Index> kept_positions(const Mask& mask, Index whole);

/// Dense arrays of two axes or more, or one (no columns then): the first two may be cut.
class ArrayCut {
 public:
  /// Throws InputError if a mask is not as long as its axis.
  ArrayCut(const Hdf5Dataset& source, const Mask& rows, const Mask& columns);
  std::vector<Index> extent() const;
  /// Rows that are worth reading at once: chunks that their bounds cut through are inflated twice. 1 if there are none,
  /// or if so many would not fit into 64 MB.
  Index rows_worth_reading() const;
  /// Rows of the result, as bytes of the stored type, in `room`, which grows as it must. Reads no more than the rows
  /// from the first to the last of them, 1 MB at a time. Local.
  std::span<const std::byte> read(Index first_row, Index count, std::vector<std::byte>& room) const;
  /// The whole of it into an array of any type but references, by one process (strings are read as strings).
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
  std::vector<Run> column_runs_;  // columns that are kept side by side
  Index columns_ = 0;             // that are kept
};

}  // namespace replearn::io
