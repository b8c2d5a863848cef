#include "io/checkpoint/checkpoint_arrays.hpp"

#include <type_traits>

#include "base/error.hpp"
#include "io/checkpoint/checksum.hpp"

namespace replearn::io {
namespace {

std::string element_of(const NamedArray& array) {
  return "arrays/" + array.name;
}

template <class T>
constexpr bool is_matrix = false;
template <class T>
constexpr bool is_matrix<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> = true;

template <class Matrix>
std::vector<Index> extent_of(const Matrix& matrix, const NamedArray& array) {
  return {array.rows ? array.rows->rows() : matrix.rows(), matrix.cols()};
}

/// Creates an empty dataset for a distributed matrix, or writes a replicated array with its values. Root.
template <class Matrix>
void make_matrix(Hdf5File& file, const std::string& element, const Matrix& matrix, const NamedArray& array) {
  using T = typename Matrix::Scalar;
  file.make_dataset(element, hdf5_type<T>(), extent_of(matrix, array));
  if (array.rows || matrix.size() == 0) return;
  file.write_rows<T>(element, 0, matrix.rows(), {matrix.data(), static_cast<std::size_t>(matrix.size())});
}

struct MakeArray {
  Hdf5File& file;
  const NamedArray& array;
  template <class T>
  void operator()(const T* place) const {
    if constexpr (is_matrix<T>)
      make_matrix(file, element_of(array), *place, array);
    else
      file.write_scalar<T>(element_of(array), *place);
  }
  template <class T>
  void operator()(const std::vector<T>* place) const {
    file.write<T>(element_of(array), *place);
  }
  template <class Matrix>
  requires is_matrix<Matrix>
  void operator()(const std::vector<Matrix>* place) const {
    file.make_group(element_of(array));
    for (std::size_t i = 0; i < place->size(); ++i) {
      make_matrix(file, element_of(array) + "/" + std::to_string(i), (*place)[i], array);
    }
  }
};

struct BytesOfArray {
  const NamedArray& array;
  template <class Matrix>
  Index of_matrix(const Matrix& matrix) const {
    const auto extent = extent_of(matrix, array);
    return extent[0] * extent[1] * static_cast<Index>(sizeof(typename Matrix::Scalar));
  }
  template <class T>
  Index operator()(const T* place) const {
    if constexpr (is_matrix<T>)
      return of_matrix(*place);
    else
      return static_cast<Index>(sizeof *place);
  }
  template <class T>
  Index operator()(const std::vector<T>* place) const {
    return static_cast<Index>(place->size() * sizeof(T));
  }
  template <class Matrix>
  requires is_matrix<Matrix> Index operator()(const std::vector<Matrix>* place) const {
    Index bytes = 0;
    for (const auto& matrix : *place) bytes += of_matrix(matrix);
    return bytes;
  }
};

/// File offsets of the distributed matrices, in the order of WriteMyRows. Root.
struct PlacesOfRows {
  const Hdf5File& file;
  const NamedArray& array;
  std::vector<RowsInFile>& places;
  template <class Matrix>
  void matrix(const std::string& element, const Matrix& mine) const {
    // Without columns there is nothing in the file to point to.
    places.push_back({mine.cols() > 0 ? file.byte_offset(element) : 0, array.rows->rows(),
                      mine.cols() * static_cast<Index>(sizeof(typename Matrix::Scalar)), array.rows->block_size()});
  }
  template <class T>
  void operator()(const T* place) const {
    if constexpr (is_matrix<T>) matrix(element_of(array), *place);
  }
  template <class T>
  void operator()(const std::vector<T>*) const {}
  template <class Matrix>
  requires is_matrix<Matrix>
  void operator()(const std::vector<Matrix>* matrices) const {
    for (std::size_t i = 0; i < matrices->size(); ++i) {
      matrix(element_of(array) + "/" + std::to_string(i), (*matrices)[i]);
    }
  }
};

/// Writes this rank's rows and computes the checksums of their blocks. Local.
struct WriteMyRows {
  PositionalWriter& file;
  const NamedArray& array;
  int rank;
  const RowsInFile*& next_place;
  std::vector<std::vector<std::uint64_t>>& checksums;
  template <class Matrix>
  void matrix(const Matrix& mine) const {
    const RowsInFile& place = *next_place++;
    const auto& parts = *array.rows;
    const auto* bytes = reinterpret_cast<const char*>(mine.data());
    const Index first = place.block_offset(parts.first_block(rank));
    file.write(first, bytes, static_cast<std::size_t>(place.row_bytes * mine.rows()));
    auto& sums = checksums.emplace_back();
    for (Index block = parts.first_block(rank); block < parts.end_block(rank); ++block) {
      sums.push_back(
          checksum_of(bytes + (place.block_offset(block) - first), static_cast<std::size_t>(place.block_bytes(block))));
    }
  }
  template <class T>
  void operator()(const T* place) const {
    if constexpr (is_matrix<T>) matrix(*place);
  }
  template <class T>
  void operator()(const std::vector<T>*) const {}
  template <class Matrix>
  requires is_matrix<Matrix>
  void operator()(const std::vector<Matrix>* place) const {
    for (const auto& each : *place) matrix(each);
  }
};

/// Fills an array. Local.
struct ReadArray {
  const Hdf5File& file;
  const NamedArray& array;
  int rank;
  template <class Matrix>
  void matrix(const std::string& element, Matrix& place) const {
    using T = typename Matrix::Scalar;
    const auto extent = file.shape(element).extent;
    if (extent.size() != 2 || (array.rows && extent[0] != array.rows->rows())) {
      throw InputError(file.path(), element, "has a different shape than in this run",
                       "the file belongs to another job");
    }
    const Index begin = array.rows ? array.rows->begin(rank) : 0;
    const Index count = array.rows ? array.rows->count(rank) : extent[0];
    const auto values = file.read_rows<T>(element, begin, count);
    place = Eigen::Map<const Matrix>(values.data(), count, extent[1]);
  }
  template <class T>
  void operator()(T* place) const {
    if constexpr (is_matrix<T>)
      matrix(element_of(array), *place);
    else
      *place = file.read_scalar<T>(element_of(array));
  }
  template <class T>
  void operator()(std::vector<T>* place) const {
    *place = file.read<T>(element_of(array));
  }
  template <class Matrix>
  requires is_matrix<Matrix>
  void operator()(std::vector<Matrix>* place) const {
    place->resize(file.children(element_of(array)).size());
    for (std::size_t i = 0; i < place->size(); ++i) {
      matrix(element_of(array) + "/" + std::to_string(i), (*place)[i]);
    }
  }
};

}  // namespace

Index bytes_of_arrays(const NamedArrays& arrays) {
  Index bytes = 0;
  for (const auto& array : arrays) {
    bytes += std::visit([&](const auto* place) { return BytesOfArray{array}(place); }, array.place);
  }
  return bytes;
}

std::vector<RowsInFile> make_arrays(Hdf5File& file, const NamedArrays& arrays) {
  file.make_group("arrays");
  for (const auto& array : arrays) {
    std::visit([&](const auto* place) { MakeArray{file, array}(place); }, array.place);
  }
  std::vector<RowsInFile> places;
  for (const auto& array : arrays) {
    if (array.rows) std::visit([&](const auto* place) { PlacesOfRows{file, array, places}(place); }, array.place);
  }
  return places;
}

std::vector<std::vector<std::uint64_t>> write_my_rows(PositionalWriter& file, const NamedArrays& arrays, int rank,
                                                      const std::vector<RowsInFile>& places) {
  std::vector<std::vector<std::uint64_t>> checksums;
  const RowsInFile* next_place = places.data();
  for (const auto& array : arrays) {
    if (!array.rows) continue;
    std::visit([&](const auto* place) { WriteMyRows{file, array, rank, next_place, checksums}(place); }, array.place);
  }
  return checksums;
}

void read_arrays(const Hdf5File& file, const NamedArrays& arrays, int rank) {
  for (const auto& array : arrays) {
    std::visit([&](auto* place) { ReadArray{file, array, rank}(place); }, array.place);
  }
}

}  // namespace replearn::io
