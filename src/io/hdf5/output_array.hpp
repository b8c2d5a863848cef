#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/durable.hpp"
#include "io/hdf5/compression.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// A dataset of fixed-size elements in the file being written, whose values are still missing.
struct ArrayPlace {
  std::string element;
  std::vector<Index> extent;
  std::vector<Index> chunk;  ///< empty: contiguous
  Index element_bytes = 0;
  Index offset = 0;  ///< file offset of its bytes, if contiguous
  Compression compression;

  bool is_compressed() const { return !chunk.empty(); }
  Index rows() const { return extent.empty() ? 1 : extent[0]; }
  /// Bytes per entry of the first axis.
  Index row_bytes() const;
  /// Bytes per entry of the first two axes.
  Index cell_bytes() const;
};

/// Locates the datasets in the file being written, which root has open (others pass nullptr), and broadcasts the
/// result. Collective.
std::vector<ArrayPlace> places_of(const mpi::Communicator& comm, const Hdf5File* file_on_root,
                                  const std::vector<std::string>& elements);

/// Creates a dataset of a fixed-size type without values: contiguous with its space reserved, or chunked if
/// `compression` is set and the array is large enough. Root.
void make_array(Hdf5File& file, const std::string& element, hid_t type, const std::vector<Index>& extent,
                const Compression& compression);

/// Fills datasets of the file being written, by all ranks. For contiguous datasets, each rank writes its values to
/// their file offsets without HDF5. For compressed datasets, each rank compresses whole chunks and root writes them,
/// because parallel HDF5 1.10 writes filtered datasets only collectively and not reliably.
class ArrayWriter {
 public:
  /// file_on_root: the file being written, opened for writing by root only; needed only for compressed arrays.
  ArrayWriter(const mpi::Communicator& comm, const std::string& path, Hdf5File* file_on_root)
      : comm_(comm), file_(file_on_root), placed_(path) {}
  const mpi::Communicator& comm() const { return comm_; }

  /// Maximum number of rows per call of add(): whole chunks, few enough that root gathers less than 128 MB.
  Index rows_per_round(const ArrayPlace& place) const;

  /// Adds rows from `first_row` on, in whole chunks except at the end of the array; possibly none on some ranks.
  /// Collective for compressed arrays, local for contiguous ones. Throws SystemError.
  void add(const ArrayPlace& place, Index first_row, std::span<const std::byte> rows);

  /// Adds this rank's rows, any contiguous share of the array in rank order. Collective.
  void add_own(const ArrayPlace& place, Index first_row, std::span<const std::byte> rows);

  /// Copies the bytes of a contiguous array from `offset` of another file, divided among the ranks. Collective. Throws
  /// InputError if that file is too short.
  void copy(const ArrayPlace& place, const std::string& file, Index offset);

  /// Writes a box of a contiguous array. Local.
  void add_box(const ArrayPlace& place, const ArrayBox& box, std::span<const std::byte> values);

  /// Flushes the data that each rank wrote without HDF5 to disk. Collective. Throws SystemError.
  void synchronize();

  /// Writes a whole array, distributed over the ranks: produce(first row, rows) returns the bytes, which must stay
  /// valid until the next call. min_rows: per call, for contiguous arrays. Collective.
  void fill(const ArrayPlace& place, const std::function<std::span<const std::byte>(Index, Index)>& produce,
            Index min_rows = 1);

  /// A chunk belongs to the rank with its first row: sends the leading rows of other ranks' chunks there, from `mine`,
  /// which holds at least these, and returns the rows received. first_row, rows: this rank's share. Collective.
  std::vector<std::byte> exchange_ends(const ArrayPlace& place, Index first_row, Index rows,
                                       std::span<const std::byte> mine);

 private:

  const mpi::Communicator& comm_;
  Hdf5File* file_;
  PositionalWriter placed_;
};

}  // namespace replearn::io
