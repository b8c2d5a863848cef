#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {

/// Reads a sparse matrix of a file, CSR or CSC, at any path (X, layers, raw, obsp, obsm, 10x). All data are checked:
/// shape and lengths agree, indptr starts at 0, is nondecreasing and ends at the number of stored values, and indices
/// are in range. Used by one rank, which reads only the ranges it requests; every error is an InputError naming the
/// array and the entry.
class CompressedMatrix {
 public:
  struct Arrays {
    std::string indptr, indices, data;
  };
  /// Opens an element of an .h5ad, a group with the three arrays. Throws if it is neither CSR nor CSC.
  static CompressedMatrix of_element(const Hdf5File& file, const std::string& element);
  /// major: rows of CSR, columns of CSC; minor: upper bound of the indices (exclusive).
  CompressedMatrix(const Hdf5File& file, const Arrays& arrays, Index major, Index minor);

  Index major() const { return major_; }
  Index minor() const { return minor_; }
  /// Number of stored values.
  Index stored() const { return stored_; }
  const Hdf5Dataset& data() const { return data_; }
  const Hdf5Dataset& index_dataset() const { return indices_; }
  const Hdf5Dataset& indptr_dataset() const { return indptr_; }

  /// count + 1 entries of indptr: the offsets of the major rows [begin, begin + count) and the end of the last.
  std::vector<Index> offsets(Index begin, Index count) const;
  /// Minor indices of the stored values [first, first + count), as T, which must be able to hold minor().
  template <class T>
  std::vector<T> indices(Index first, Index count) const;
  /// Reads minor indices into the caller's buffer, as many as it holds.
  template <class T>
  void read_indices(Index first, std::span<T> into) const;
  /// Reads values, converted but unchecked.
  template <class T>
  std::vector<T> values(Index first, Index count) const {
    return data_.read<T>(data_.rows(first, count));
  }
  /// Throws if one of these values, read from `first` on, is not finite.
  void require_finite(const std::vector<float>& values, Index first) const;

 private:
  Index major_, minor_, stored_;
  Hdf5Dataset indptr_, indices_, data_;
};

extern template std::vector<std::int32_t> CompressedMatrix::indices(Index, Index) const;
extern template std::vector<Index> CompressedMatrix::indices(Index, Index) const;
extern template void CompressedMatrix::read_indices(Index, std::span<std::int32_t>) const;
extern template void CompressedMatrix::read_indices(Index, std::span<Index>) const;

}  // namespace replearn::io
