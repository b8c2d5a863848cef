#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/compression.hpp"
#include "io/durable.hpp"
#include "io/hdf5_file.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// What is known of a dataset of fixed-size elements in the file under way: it exists, its values are still to come.
struct ArrayPlace {
  std::string element;
  std::vector<Index> extent;
  std::vector<Index> chunk;  ///< empty: contiguous
  Index element_bytes = 0;
  Index offset = 0;  ///< where its bytes begin in the file, if it is contiguous
  Compression compression;

  bool is_compressed() const { return !chunk.empty(); }
  Index rows() const { return extent.empty() ? 1 : extent[0]; }
  /// Bytes of one entry of the first axis, all of the others.
  Index row_bytes() const;
  /// Bytes of one entry of the first two axes.
  Index cell_bytes() const;
};

/// Root looks its datasets up in the file under way, which it has open (others: nullptr); all ranks know their places.
/// Collective.
std::vector<ArrayPlace> places_of(const mpi::Communicator& comm, const Hdf5File* file_on_root,
                                  const std::vector<std::string>& elements);

/// Makes an empty dataset of a fixed-size type: contiguous with its place reserved, or in chunks, if `compression` says
/// so and the array is large enough. Root.
void make_array(Hdf5File& file, const std::string& element, hid_t type, const std::vector<Index>& extent,
                const Compression& compression);

/// Fills datasets of the file under way, all ranks together. A contiguous one takes its values at their place in the
/// file, each rank for itself, past HDF5. Of a compressed one each rank compresses whole chunks, and root puts them in:
/// parallel HDF5 1.10 writes filtered datasets collectively only, and not reliably.
class ArrayWriter {
 public:
  /// file_on_root: the file under way, open for writing by root alone; only needed for compressed arrays.
  ArrayWriter(const mpi::Communicator& comm, const std::string& path, Hdf5File* file_on_root)
      : comm_(comm), file_(file_on_root), placed_(path) {}
  const mpi::Communicator& comm() const { return comm_; }

  /// Rows in one call of add() at most: whole chunks, few enough that what root collects stays below 128 MB.
  Index rows_per_round(const ArrayPlace& place) const;

  /// Rows from `first_row` on, of whole chunks but at the end of the array; none on some ranks. Collective for a
  /// compressed array, local for a contiguous one. Throws SystemError.
  void add(const ArrayPlace& place, Index first_row, std::span<const std::byte> rows);

  /// My rows, any contiguous share of the array; those of the ranks follow one another. Collective.
  void add_own(const ArrayPlace& place, Index first_row, std::span<const std::byte> rows);

  /// The bytes of a contiguous array, as they stand in a file from `offset` on; a stretch of it by each rank in turn.
  /// Collective. Throws InputError if the file ends before.
  void copy(const ArrayPlace& place, const std::string& file, Index offset);

  /// A box of a contiguous array. Local.
  void add_box(const ArrayPlace& place, const ArrayBox& box, std::span<const std::byte> values);

  /// Brings what each rank wrote past HDF5 to the disk itself. Collective. Throws SystemError.
  void synchronize();

  /// The whole of an array, dealt to the ranks in turn: produce(first row, rows) returns their bytes, which must live
  /// until it is called again. min_rows: at a time, of a contiguous array. Collective.
  void fill(const ArrayPlace& place, const std::function<std::span<const std::byte>(Index, Index)>& produce,
            Index min_rows = 1);

 private:
  std::vector<std::byte> exchange_ends(const ArrayPlace& place, Index first_row, Index rows,
                                       std::span<const std::byte> mine);

  const mpi::Communicator& comm_;
  Hdf5File* file_;
  PlacedWriter placed_;
};

}  // namespace replearn::io
