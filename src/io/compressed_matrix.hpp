#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5_file.hpp"

namespace replearn::io {

/// A sparse matrix of a file, CSR or CSC, wherever it stands (X, layers, raw, obsp, obsm, 10x): the one reader of such.
/// Nothing is handed out unchecked: shape and lengths agree, indptr begins at 0, rises, and ends at the number of
/// stored values, indices are in range. All by one rank, which reads only what it asks for; every error is an
/// InputError naming the array and the entry.
class CompressedMatrix {
 public:
  struct Arrays {
    std::string indptr, indices, data;
  };
  /// An element of an .h5ad: a group with the three arrays. Throws if it is neither CSR nor CSC.
  static CompressedMatrix of_element(const Hdf5File& file, const std::string& element);
  /// major: rows of CSR, columns of CSC; minor: what indices stay below.
  CompressedMatrix(const Hdf5File& file, const Arrays& arrays, Index major, Index minor);

  Index major() const { return major_; }
  Index minor() const { return minor_; }
  /// How many values are stored.
  Index stored() const { return stored_; }
  const Hdf5Dataset& data() const { return data_; }
  const Hdf5Dataset& index_dataset() const { return indices_; }
  const Hdf5Dataset& indptr_dataset() const { return indptr_; }

  /// Where the major rows [begin, begin + count) begin in the arrays, and where the last of them ends: count + 1
  /// offsets from the beginning of the arrays.
  std::vector<Index> offsets(Index begin, Index count) const;
  /// The minor places of the stored values [first, first + count), as T, which must hold minor().
  template <class T>
  std::vector<T> indices(Index first, Index count) const;
  /// The same into memory of the caller, as many as there is room for.
  template <class T>
  void read_indices(Index first, std::span<T> into) const;
  /// Those values, converted; checked for nothing.
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
