#include "methods/preprocess/merge_columns.hpp"

#include <algorithm>

namespace replearn {
namespace {

/// Calls take(merged column, value) for the values of a row, in the order of the matrix's own columns.
template <class Take>
void each_of_row(const Matrix& matrix, Index i, const std::vector<std::int32_t>& place, const Take& take) {
  if (const auto* dense = std::get_if<DistributedMatrix>(&matrix)) {
    for (Index j = 0; j < dense->columns(); ++j) take(place[j], dense->local(i, j));
    return;
  }
  const auto& sparse = std::get<SparseRows>(matrix);
  for (auto at = static_cast<std::size_t>(sparse.offsets[i]);
       at < static_cast<std::size_t>(sparse.offsets[static_cast<std::size_t>(i) + 1]); ++at) {
    take(place[sparse.indices[at]], sparse.values[at]);
  }
}

}  // namespace

Matrix merge_columns(const Matrix& kept, const Matrix& others, const std::vector<std::uint8_t>& mask) {
  std::vector<std::int32_t> of_kept, of_others;
  for (std::size_t j = 0; j < mask.size(); ++j) {
    (mask[j] ? of_kept : of_others).push_back(static_cast<std::int32_t>(j));
  }
  const Index m = static_cast<Index>(mask.size());
  if (const auto* dense = std::get_if<DistributedMatrix>(&kept)) {
    DistributedMatrix whole(dense->partition, dense->rank, m);
    for (Index i = 0; i < whole.local_rows(); ++i) {
      const auto put = [&](std::int32_t j, float value) { whole.local(i, j) = value; };
      each_of_row(kept, i, of_kept, put);
      each_of_row(others, i, of_others, put);
    }
    return whole;
  }
  const auto& sparse = std::get<SparseRows>(kept);
  SparseRows whole{sparse.partition, sparse.rank, m, {0}, {}, {}};
  std::vector<std::pair<std::int32_t, float>> row;
  for (Index i = 0; i < sparse.local_rows(); ++i) {
    row.clear();
    const auto put = [&](std::int32_t j, float value) { row.emplace_back(j, value); };
    each_of_row(kept, i, of_kept, put);
    each_of_row(others, i, of_others, put);
    std::sort(row.begin(), row.end());
    for (const auto& [column, value] : row) {
      whole.indices.push_back(column);
      whole.values.push_back(value);
    }
    whole.offsets.push_back(static_cast<Index>(whole.values.size()));
  }
  return whole;
}

}  // namespace replearn
