#include "io/anndata/compressed_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "io/anndata/h5ad_layout.hpp"

namespace replearn::io {
namespace {

const char* const write_again = "the matrix is damaged: write the file again";

/// Integers of any type, or reals (as R writes them) if all are whole numbers.
template <class T>
void read_whole(const Hdf5Dataset& dataset, Index begin, std::span<T> into) {
  const auto box = dataset.rows(begin, static_cast<Index>(into.size()));
  if (dataset.shape().kind != Hdf5Kind::real) return dataset.read_into(box, into);
  std::size_t read = 0;
  for (const double value : dataset.read<double>(box)) {
    constexpr double last = static_cast<double>(std::numeric_limits<std::int32_t>::max());
    constexpr double exact = 9007199254740992.0;  // 2^53
    if (value != std::floor(value) || std::abs(value) > (sizeof(T) < sizeof(Index) ? last : exact)) {
      dataset.origin().refuse(
          "entry " + std::to_string(begin + static_cast<Index>(read)) + " is not a whole number in range", write_again);
    }
    into[read++] = static_cast<T>(value);
  }
}

template <class T>
std::vector<T> read_whole(const Hdf5Dataset& dataset, Index begin, Index count) {
  dataset.require_room(count, sizeof(T));
  std::vector<T> whole(count);
  read_whole<T>(dataset, begin, whole);
  return whole;
}

/// Branch-free, since most arrays are long and valid.
template <class T>
bool all_in_range(std::span<const T> indices, Index end) {
  using Unsigned = std::make_unsigned_t<T>;
  Unsigned largest = 0;  // includes negative values
  for (const T index : indices) largest = std::max(largest, static_cast<Unsigned>(index));
  return indices.empty() || (end > 0 && largest < static_cast<std::uint64_t>(end));
}

}  // namespace

CompressedMatrix CompressedMatrix::of_element(const Hdf5File& file, const std::string& element) {
  const auto storage = layout::storage_of(file, element);
  const auto shape = layout::shape_of(file, element);
  const Hdf5Origin origin{file.path(), element};
  if (storage == layout::Storage::dense) origin.refuse("is not a sparse matrix", "choose another element");
  const bool by_rows = storage == layout::Storage::csr;
  return {file,
          {element + "/indptr", element + "/indices", element + "/data"},
          by_rows ? shape[0] : shape[1],
          by_rows ? shape[1] : shape[0]};
}

CompressedMatrix::CompressedMatrix(const Hdf5File& file, const Arrays& arrays, Index major, Index minor)
    : major_(major),
      minor_(minor),
      stored_(0),
      indptr_(file.dataset_at(arrays.indptr)),
      indices_(file.dataset_at(arrays.indices)),
      data_(file.dataset_at(arrays.data)) {
  data_.require_vector();
  stored_ = data_.shape().extent[0];
  indices_.require_length(stored_);
  indptr_.require_vector();
  // Not major + 1, which may overflow Index.
  if (indptr_.shape().extent[0] - 1 != major) {
    indptr_.origin().refuse("has " + std::to_string(indptr_.shape().extent[0]) + " entries, one more than " +
                                std::to_string(indptr_.shape().extent[0] - 1) +
                                " rows or columns need; the shape has " + std::to_string(major),
                            write_again);
  }
}

std::vector<Index> CompressedMatrix::offsets(Index begin, Index count) const {
  auto offsets = read_whole<Index>(indptr_, begin, count + 1);
  const auto refuse = [&](Index entry) {
    indptr_.origin().refuse("entry " + std::to_string(begin + entry) + " is " + std::to_string(offsets[entry]) +
                                ": indptr must rise from 0 to " + std::to_string(stored_) +
                                ", the number of stored values",
                            write_again);
  };
  Index least = 0;
  for (Index i = 0; i <= count; ++i) {
    const Index offset = offsets[i];
    if (offset < least || offset > stored_) refuse(i);
    if (begin + i == 0 && offset != 0) refuse(i);
    if (begin + i == major_ && offset != stored_) refuse(i);
    least = offset;
  }
  return offsets;
}

template <class T>
void CompressedMatrix::read_indices(Index first, std::span<T> indices) const {
  read_whole<T>(indices_, first, indices);
  if (all_in_range<T>(indices, minor_)) return;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const Index index = indices[k];
    if (index >= 0 && index < minor_) continue;
    // HDF5 clamps values that T cannot hold.
    indices_.origin().refuse("entry " + std::to_string(first + static_cast<Index>(k)) + " is " + std::to_string(index) +
                                 ", outside 0 to " + std::to_string(minor_ - 1),
                             write_again);
  }
}

template <class T>
std::vector<T> CompressedMatrix::indices(Index first, Index count) const {
  indices_.require_room(count, sizeof(T));
  std::vector<T> indices(count);
  read_indices<T>(first, indices);
  return indices;
}

template void CompressedMatrix::read_indices(Index, std::span<std::int32_t>) const;
template void CompressedMatrix::read_indices(Index, std::span<Index>) const;
template std::vector<std::int32_t> CompressedMatrix::indices(Index, Index) const;
template std::vector<Index> CompressedMatrix::indices(Index, Index) const;

void CompressedMatrix::require_finite(const std::vector<float>& values, Index first) const {
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!std::isfinite(values[k])) {
      data_.origin().refuse("entry " + std::to_string(first + static_cast<Index>(k)) + " is not finite as float32",
                            "replace NaN and infinities");
    }
  }
}

}  // namespace replearn::io
