#include "io/anndata/matrix_column.hpp"

#include <algorithm>

#include "io/anndata/compressed_matrix.hpp"
#include "io/anndata/h5ad_layout.hpp"

namespace replearn::io {
namespace {

constexpr Index values_per_piece = Index{1} << 20;

/// Assembles the column from stored entries; setting an entry twice is an error.
class Gathered {
 public:
  Gathered(Index rows, Hdf5Origin origin)
      : values_(static_cast<std::size_t>(rows), 0.0f), set_(values_.size(), false), origin_(std::move(origin)) {}
  void set(Index row, float value) {
    const auto i = static_cast<std::size_t>(row);
    if (set_[i]) {
      origin_.refuse("row " + std::to_string(row) + " holds the same column twice",
                     "in Python: call sum_duplicates() on the matrix and write it again");
    }
    set_[i] = true;
    values_[i] = value;
  }
  std::vector<float> take() { return std::move(values_); }

 private:
  std::vector<float> values_;
  std::vector<bool> set_;
  Hdf5Origin origin_;
};

std::vector<float> column_of_dense(const Hdf5Dataset& matrix, Index column) {
  const auto& extent = matrix.shape().extent;
  return matrix.read<float>({{0, column}, {extent[0], 1}});
}

std::vector<float> column_of_csc(const CompressedMatrix& matrix, Index column, Gathered gathered) {
  const auto range = matrix.offsets(column, 1);
  for (Index first = range[0]; first < range[1]; first += values_per_piece) {
    const Index count = std::min(values_per_piece, range[1] - first);
    const auto rows = matrix.indices<Index>(first, count);
    const auto values = matrix.values<float>(first, count);
    for (std::size_t k = 0; k < rows.size(); ++k) gathered.set(rows[k], values[k]);
  }
  return gathered.take();
}

std::vector<float> column_of_csr(const CompressedMatrix& matrix, Index column, Gathered gathered) {
  const auto offsets = matrix.offsets(0, matrix.major());
  Index row = 0;
  for (Index first = 0; first < matrix.stored(); first += values_per_piece) {
    const Index count = std::min(values_per_piece, matrix.stored() - first);
    const auto columns = matrix.indices<Index>(first, count);
    std::vector<float> values;  // read only if the column is in this piece
    for (Index k = 0; k < count; ++k) {
      if (columns[k] != column) continue;
      if (values.empty()) values = matrix.values<float>(first, count);
      while (offsets[static_cast<std::size_t>(row) + 1] <= first + k) ++row;
      gathered.set(row, values[k]);
    }
  }
  return gathered.take();
}

}  // namespace

std::vector<float> read_column_of(const Hdf5File& file, const std::string& element, Index column) {
  const auto storage = layout::storage_of(file, element);
  if (storage == layout::Storage::dense) return column_of_dense(file.dataset_at(element), column);
  const auto matrix = CompressedMatrix::of_element(file, element);
  Gathered gathered(storage == layout::Storage::csr ? matrix.major() : matrix.minor(), {file.path(), element});
  return storage == layout::Storage::csr ? column_of_csr(matrix, column, std::move(gathered))
                                         : column_of_csc(matrix, column, std::move(gathered));
}

}  // namespace replearn::io
