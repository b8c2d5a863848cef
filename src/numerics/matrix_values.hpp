#pragma once
#include <span>

#include "data/expression_matrix.hpp"

namespace replearn {

/// The values of this rank in row order: all, or those stored by a sparse matrix. Local.
inline std::span<float> values_of(Matrix& matrix) {
  if (auto* sparse = std::get_if<SparseRows>(&matrix)) return sparse->values;
  auto& dense = std::get<DistributedMatrix>(matrix).local;
  return {dense.data(), static_cast<std::size_t>(dense.size())};
}
inline std::span<const float> values_of(const Matrix& matrix) {
  if (const auto* sparse = std::get_if<SparseRows>(&matrix)) return sparse->values;
  const auto& dense = std::get<DistributedMatrix>(matrix).local;
  return {dense.data(), static_cast<std::size_t>(dense.size())};
}

inline Index local_rows(const Matrix& matrix) {
  return std::visit([](const auto& m) { return m.local_rows(); }, matrix);
}

/// Calls work(local row, column, value) for the values of this rank, in row order with ascending columns; values of a
/// non-const Matrix may be modified. Local.
template <class AnyMatrix, class Work>
void for_each_value(AnyMatrix& matrix, const Work& work) {
  const auto values = values_of(matrix);
  if (const auto* sparse = std::get_if<SparseRows>(&matrix)) {
    for (Index i = 0; i < sparse->local_rows(); ++i) {
      const auto begin = static_cast<std::size_t>(sparse->offsets[i]);
      const auto end = static_cast<std::size_t>(sparse->offsets[static_cast<std::size_t>(i) + 1]);
      for (auto at = begin; at < end; ++at) work(i, Index{sparse->indices[at]}, values[at]);
    }
  } else {
    const Index n = local_rows(matrix), m = columns(matrix);
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < m; ++j) work(i, j, values[i * m + j]);
    }
  }
}

}  // namespace replearn
