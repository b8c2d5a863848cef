#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "io/hdf5_file.hpp"

namespace replearn::io {

/// What is kept along an axis: one entry a row, not zero to keep; empty: everything.
using Mask = std::vector<std::uint8_t>;

/// Copies parts of one .h5ad into another, in today's encoding, keeping only some rows or columns.
///
/// What is whole and already of today goes over as it is (H5Ocopy: compression and all). What anndata 0.7 wrote gains
/// the encoding attributes it lacks, and its categoricals, codes with a reference to categories elsewhere, become
/// groups. What loses rows or columns is streamed in pieces. By one process, both files open in it.
class H5adCarrier {
 public:
  /// replaced(path): true for elements that the caller writes itself.
  H5adCarrier(const Hdf5File& from, Hdf5File& to, std::function<bool(const std::string&)> replaced)
      : from_(from), to_(to), replaced_(std::move(replaced)) {}

  /// Any element: dataset, sparse matrix, dataframe or dictionary, with all below it. rows and columns are what is kept
  /// along its first and second axis; in a dictionary they hold for every entry.
  /// Throws InputError for an element that cannot be cut.
  void carry(const std::string& path, const Mask& rows, const Mask& columns);

  /// A dataframe's index and columns, without marking it as one: the caller may add columns. Returns its columns.
  std::vector<std::string> carry_columns(const std::string& path, const Mask& rows);

 private:
  /// Categories are read as strings; in place of these, numbers that were so in the old file.
  void keep_category_type(const std::string& old, const std::string& written);
  void copy_whole(const std::string& path);
  void carry_group(const std::string& path, const Mask& rows, const Mask& columns);
  void carry_column(const std::string& path, const Mask& rows);
  void carry_dataset(const std::string& path, const Mask& rows, const Mask& columns);
  void carry_sparse(const std::string& path, const Mask& rows, const Mask& columns);
  void copy_attributes(const std::string& path);
  void mark_dataset(const std::string& path);

  const Hdf5File& from_;
  Hdf5File& to_;
  std::function<bool(const std::string&)> replaced_;
};

}  // namespace replearn::io
